import { fileURLToPath } from "node:url";
import { build, type Rolldown } from "vite";

const script = (name: string): string => new URL(`../../scripts/${name}`, import.meta.url).href;
// The scripts are JavaScript without types.
export const { buildPackages } = (await import(script("build-packages.mjs"))) as {
  buildPackages: () => Promise<void>;
};

/** The files of a bundle. */
export type Output = Rolldown.RolldownOutput["output"];

/** A page, by its folder, with what it imports from the built packages, resolved by `conditions`, or as Vite does for browsers. */
export async function bundle(page: string, conditions?: readonly string[]): Promise<Output> {
  const result = await build({
    root: fileURLToPath(new URL(page, import.meta.url)),
    configFile: false,
    logLevel: "error",
    build: { write: false },
    resolve: conditions ? { conditions: [...conditions] } : {},
  });
  // One configuration that does not watch gives one bundle.
  return (result as Rolldown.RolldownOutput).output;
}

/** The modules that a bundle is made of. */
export const modulesOf = (output: Output): string[] =>
  output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));

/** What a bundle has of Node: modules for it, its builtins (Vite puts an empty module in their place), Dawn's binding, imports left open. */
export function traces(output: Output): string[] {
  const names = new Set(output.map(({ fileName }) => fileName));
  return output.flatMap((file) => {
    if (file.type === "asset") return [];
    const modules = file.moduleIds.filter((id) => /browser-external|gpu\.node|\/webgpu\//.test(id));
    const open = [...file.imports, ...file.dynamicImports].filter((name) => !names.has(name));
    const text = file.code.match(/["'`]node:\w+["'`]|dawn\.node|process\.versions/g) ?? [];
    return [...modules, ...open, ...text];
  });
}
