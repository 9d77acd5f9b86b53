import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure, npm, root } from "./run-command.mjs";

const oldestNode = [20, 19];

/** Installs the locked dependencies unless the last install was made from the same lockfile and manifests. */
export async function installDependencies() {
  checkNode();
  const stamp = join(root, "node_modules/.clidim-install");
  const wanted = manifestHash();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  console.log(`Installing dependencies with ${packageManager}`);
  const install = ["install", "--frozen-lockfile", "--config.confirmModulesPurge=false"];
  const code = await npm(["exec", "--yes", "--", packageManager, ...install]);
  if (code !== 0) throw new Failure("The dependencies could not be installed; the reason is above.", code);
  writeFileSync(stamp, wanted);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new Failure(
    `clidim needs Node ${oldestNode.join(".")} or newer, this is ${process.versions.node}. ` +
      "Install a current one from https://nodejs.org or with a version manager.",
  );
}

function manifestHash() {
  const manifests = readdirSync(join(root, "packages")).map((name) => `packages/${name}/package.json`);
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json", ...manifests.sort()]) {
    if (existsSync(join(root, file))) hash.update(`\n${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}
