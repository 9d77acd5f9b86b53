import { readdirSync } from "node:fs";

/** Every function that the modules of a folder export, by name: what a table of cases must be complete for. */
export async function functionsIn(folder: URL): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
    const module: Readonly<Record<string, unknown>> = await import(new URL(file, folder).href);
    for (const [name, value] of Object.entries(module)) {
      if (typeof value === "function") found.set(name, value);
    }
  }
  return found;
}
