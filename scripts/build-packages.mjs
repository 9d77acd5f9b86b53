import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure, npm, root } from "./run-command.mjs";

/** Every package of a workspace by its folder in packages/, with its manifest. */
export function packagesOf(workspace) {
  const manifestOf = (folder) => join(workspace, "packages", folder, "package.json");
  return readdirSync(join(workspace, "packages"))
    .filter((folder) => existsSync(manifestOf(folder)))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(manifestOf(folder), "utf8")) }));
}

/** Builds the packages' JavaScript (dist/) unless it is newer than everything that goes into it. */
export async function buildPackages() {
  const built = packagesOf(root).filter(({ manifest }) => manifest.scripts?.build);
  const packages = built.map(({ folder }) => folder);
  const stamp = join(root, "node_modules/.clidim-build");
  const complete = packages.every((name) =>
    ["js", "html"].some((kind) => existsSync(join(root, "packages", name, `dist/index.${kind}`))),
  );
  const sources = [
    "shaders",
    "tsconfig.base.json",
    "node_modules/.clidim-install",
    ...packages.flatMap((name) =>
      ["src", "build", "index.html", "public", "tsup.config.ts", "vite.config.ts", "tsconfig.json"].map(
        (source) => join("packages", name, source),
      ),
    ),
  ];
  if (complete && existsSync(stamp)) {
    const newest = Math.max(...sources.map((source) => lastChange(join(root, source))));
    if (newest < statSync(stamp).mtimeMs) return;
  }
  console.log(`Building ${packages.length} packages`);
  const began = new Date();
  const builds = built.map(({ folder, manifest }) => {
    const quiet = manifest.scripts.build === "tsup" ? ["--silent"] : ["--logLevel", "warn"];
    return npm(["run", "--silent", "build", "--", ...quiet], { cwd: join(root, "packages", folder) });
  });
  const codes = await Promise.all(builds);
  const failed = packages.filter((_, index) => codes[index] !== 0);
  if (failed.length > 0) throw new Failure(`The build failed in ${failed.join(", ")}; the reason is above.`);
  writeFileSync(stamp, "");
  // Not the time of writing: a source saved while the build ran has to be built again.
  utimesSync(stamp, began, began);
}

/** Directories count as well: removing a file changes nothing else. */
function lastChange(path) {
  if (!existsSync(path)) return 0;
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => lastChange(join(path, name))));
}
