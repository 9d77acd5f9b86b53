import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A Python that has a module, or undefined, which is said: what is shipped is checked in any case. */
export function pythonWith(module: string): string | undefined {
  for (const python of [process.env.CLIDIM_PYTHON, "python3", "/usr/bin/python3"]) {
    if (python && spawnSync(python, ["-c", `import ${module}`]).status === 0) return python;
  }
  console.warn(`No Python with ${module} is here: only the shipped files of it are checked.`);
  return undefined;
}

/** Runs a script; its stdout. */
export function runPython(python: string, script: URL, ...args: string[]): string {
  const path = fileURLToPath(script);
  const { status, stdout, stderr } = spawnSync(python, [path, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${path} failed:\n${stderr}`);
  return stdout;
}
