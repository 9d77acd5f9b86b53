/**
 * Deno and Bun for the tests in other runtimes: those of the npm packages of these names, of fixed versions, in a folder of their own, so that nobody has to install 200 MB who does not run these tests.
 *
 *   node scripts/ensure-runtimes.mjs            prints where they are, or how to install them
 *   node scripts/ensure-runtimes.mjs --install  installs those that are not there, where the registry has them
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { capture } from "./run-command.mjs";

const versions = { deno: "2.9.6", bun: "1.4.5" };
const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "clidim/runtimes");

/** The packages with the programs themselves, and where these are in them. */
const platforms = {
  "linux-x64": { deno: "@deno/linux-x64-glibc/deno", bun: "@oven/bun-linux-x64/bin/bun" },
  "linux-arm64": { deno: "@deno/linux-arm64-glibc/deno", bun: "@oven/bun-linux-aarch64/bin/bun" },
  "darwin-x64": { deno: "@deno/darwin-x64/deno", bun: "@oven/bun-darwin-x64/bin/bun" },
  "darwin-arm64": { deno: "@deno/darwin-arm64/deno", bun: "@oven/bun-darwin-aarch64/bin/bun" },
};

/** The path of a runtime that is there, or undefined. */
export function findRuntime(name) {
  const program = platforms[`${process.platform}-${process.arch}`]?.[name];
  if (!program) return undefined;
  const [scope, packageName, ...rest] = program.split("/");
  try {
    const manifest = createRequire(join(folder, "package.json")).resolve(
      `${scope}/${packageName}/package.json`,
    );
    const path = join(manifest, "..", ...rest);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

export const installationHint =
  "The tests in other runtimes need Deno and Bun: `node scripts/ensure-runtimes.mjs --install`.";

async function install() {
  mkdirSync(folder, { recursive: true });
  const dependencies = Object.entries(platforms[`${process.platform}-${process.arch}`] ?? {}).map(
    ([name, program]) => [program.split("/").slice(0, 2).join("/"), versions[name]],
  );
  const manifest = { private: true, dependencies: Object.fromEntries(dependencies) };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  console.log("Installing Deno and Bun (about 80 MB to download)");
  await capture("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const missing = () => Object.keys(versions).filter((name) => !findRuntime(name));
  if (missing().length > 0 && process.argv.includes("--install")) {
    // Other tests do without them.
    await install().catch((error) => console.warn(`They cannot be installed: ${error.message}`));
  }
  for (const name of Object.keys(versions)) console.log(`${name}: ${findRuntime(name) ?? installationHint}`);
}
