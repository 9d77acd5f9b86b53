/**
 * Runs one example on a fresh clone: nothing is expected but Node and npm.
 *
 *   node examples/run.mjs two-moons
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { buildPackages } from "../scripts/build-packages.mjs";
import { ensureAdapter } from "../scripts/ensure-adapter.mjs";
import { installDependencies } from "../scripts/install-dependencies.mjs";
import { Failure, root } from "../scripts/run-command.mjs";

const folder = join(root, "examples");
const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isFile() && entry.name.endsWith(".ts") ? [entry.name.slice(0, -3)] : [],
);

try {
  const [name = ""] = process.argv.slice(2);
  if (!names.includes(name)) throw new Failure(`Usage: node examples/run.mjs ${names.join("|")}`);
  await installDependencies();
  await buildPackages();
  console.log(`WebGPU adapter: ${await ensureAdapter()}`);
  // Not before the dependencies are there. Vite takes the types off; packages are imported as installed.
  const { runnerImport } = await import("vite");
  await runnerImport(join(folder, `${name}.ts`), { configFile: false, logLevel: "error" });
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = error.exitCode;
}
