import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { packagesOf } from "./build-packages.mjs";
import { capture, root } from "./run-command.mjs";

const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
/** How much a package may weigh, packed: none carries data, models or a second copy of itself. */
const largest = 1_200_000;

/** The command and first arguments of the package manager that the workspace names. */
export function packageManager() {
  return ["exec", "--yes", "--", JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager];
}

/** Packs every package of a workspace that is published, as publishing does, and unpacks it again: `{ name, tarball, folder, manifest, files }` of each. */
export async function packPackages(workspace, target) {
  mkdirSync(target, { recursive: true });
  const published = packagesOf(workspace).filter(({ manifest }) => !manifest.private);
  const filters = published.flatMap(({ manifest }) => ["--filter", manifest.name]);
  const pack = [...filters, "pack", "--json", "--pack-destination", target];
  const printed = await capture("npm", [...packageManager(), ...pack], { cwd: workspace });
  const packed = JSON.parse(printed.slice(printed.indexOf("[")));
  return Promise.all(
    packed.map(async ({ name, filename }) => {
      const folder = join(target, basename(filename, ".tgz"));
      mkdirSync(folder);
      await capture("tar", ["-xzf", filename, "-C", folder, "--strip-components=1"]);
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      return { name, tarball: filename, folder, manifest, files };
    }),
  );
}

/** What is wrong with a packed package, in words; nothing where it can be published. */
export async function problemsOf(packed) {
  return [
    ...problemsOfManifest(packed),
    ...problemsOfFiles(packed),
    ...(await problemsByPublint(packed)),
    ...(await problemsOfTypes(packed)),
  ];
}

/** The paths in a (conditional) `exports`, `imports` or `bin`. */
function pathsIn(value) {
  if (typeof value === "string") return [value];
  return Object.values(value ?? {}).flatMap(pathsIn);
}

function problemsOfManifest({ manifest, files }) {
  const named = [manifest.exports, manifest.imports, manifest.bin].flatMap(pathsIn);
  const text = JSON.stringify(manifest);
  return [
    ...named
      .filter((path) => !files.includes(path.replace(/^\.\//, "")))
      .map((path) => `package.json names ${path}, which is not packed`),
    ...(text.includes("@clidim/source") ? ["package.json still has the condition of the workspace"] : []),
    ...(text.includes("workspace:") ? ["package.json depends on the workspace"] : []),
    ...["description", "keywords", "license", "engines", "exports"]
      .filter((field) => !manifest[field])
      .map((field) => `package.json has no ${field}`),
  ];
}

function problemsOfFiles({ tarball, folder, files }) {
  // Weights do not pack.
  const weights = files.filter((path) => path.endsWith(".safetensors"));
  const packed = weights.reduce(
    (sum, path) => sum - statSync(join(folder, path)).size,
    statSync(tarball).size,
  );
  return [
    ...["README.md", "LICENSE"].filter((name) => !files.includes(name)).map((name) => `no ${name}`),
    ...files
      .filter(
        (path) => !/^(README\.md|LICENSE|CHANGELOG\.md|package\.json|(dist|src|bin|models)\/.*)$/.test(path),
      )
      .map((path) => `${path} does not belong into the package`),
    ...files.filter((path) => /tsbuildinfo|\.test\./.test(path)).map((path) => `${path} is packed`),
    ...files
      .filter((path) => path.endsWith(".map"))
      .flatMap((path) => {
        const { sources, sourcesContent } = JSON.parse(readFileSync(join(folder, path), "utf8"));
        const missing = sources.filter(
          (source, i) => !sourcesContent?.[i] && !files.includes(join(dirname(path), source)),
        );
        return missing.map((source) => `${path} maps to ${source}, which is not packed`);
      }),
    ...(packed > largest ? [`${packed} bytes packed, weights left out, more than ${largest}`] : []),
  ];
}

async function problemsByPublint({ folder }) {
  const { messages, pkg } = await publint({ pkgDir: folder, pack: false, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

/** Are the types wrong? Its profile leaves out what cannot load ES modules. */
async function problemsOfTypes({ tarball }) {
  const complaint = await complaintOf(process.execPath, [
    attw,
    tarball,
    "--profile",
    "esm-only",
    "--no-color",
  ]);
  return complaint ? [`are the types wrong: ${complaint}`] : [];
}

/** What a checker prints when it is not content, which checkers do on stdout. */
export function complaintOf(command, args, options = {}) {
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve(error ? `${stdout}${stderr}`.trim() || error.message : undefined);
    });
  });
}
