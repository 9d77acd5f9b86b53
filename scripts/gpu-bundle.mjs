/**
 * node scripts/gpu-bundle.mjs [file]
 *
 * Packs Node, the built packages, Dawn and the benchmark into one .tar.gz (default: gpu-bundle.tar.gz in the current directory) for a
 * Linux host of this processor's kind that has a GPU driver and the Vulkan loader, but perhaps no network:
 *
 *   tar -xzf gpu-bundle.tar.gz && ./clidim-bench/bench.sh --quick
 *
 * The peers tfjs and jax-js come along where bench/node_modules has them.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { buildPackages } from "./build-packages.mjs";
import { root } from "./run-command.mjs";

const target = resolve(process.argv[2] ?? "gpu-bundle.tar.gz");
const maxBytes = 60e6;
/** What the packages' main entries import from outside; their other entries read and write files. */
const packages = { tensor: ["webgpu", "fflate"], autograd: [], nn: [], clidim: ["zod"] };

await buildPackages();
const temporary = mkdtempSync(join(tmpdir(), "clidim-bundle-"));
try {
  const folder = join(temporary, "clidim-bench");
  packNode(folder);
  for (const [name, needed] of Object.entries(packages)) packPackage(folder, name, needed);
  packBenchmark(folder);
  await packPeers(folder);
  execFileSync("tar", ["-C", temporary, "-I", "gzip -9", "-cf", target, "clidim-bench"]);
} finally {
  rmSync(temporary, { recursive: true });
}
const { size } = statSync(target);
console.log(`${target}: ${(size / 1e6).toFixed(1)} MB`);
if (size > maxBytes) {
  console.error(`The bundle is larger than ${maxBytes / 1e6} MB.`);
  process.exitCode = 1;
}

function packNode(folder) {
  mkdirSync(folder, { recursive: true });
  const node = join(folder, "node");
  copyFileSync(realpathSync(process.execPath), node);
  chmodSync(node, 0o755);
  // Symbols are a fifth of it; where there is no `strip` they stay.
  try {
    execFileSync("strip", [node], { stdio: "ignore" });
  } catch {}
}

/** A package's manifest and JavaScript, and what it needs at run time. */
function packPackage(folder, name, needed) {
  const source = join(root, "packages", name);
  const destination = join(folder, "node_modules/@clidim", name);
  copyCode(source, destination, ["dist"]);
  for (const dependency of needed) {
    const from = realpathSync(join(source, "node_modules", dependency));
    const only = dependency === "webgpu" ? ["index.js", `dist/${process.platform}-${process.arch}`] : ["."];
    copyCode(from, join(folder, "node_modules", dependency), only);
  }
}

/** The manifest and the parts named, without types, source maps and CommonJS. */
function copyCode(from, to, parts) {
  const wanted = (path) =>
    statSync(path).isDirectory()
      ? !/node_modules$/.test(path)
      : [".js", ".mjs", ".node", ".json", ".wasm"].includes(extname(path));
  mkdirSync(to, { recursive: true });
  copyFileSync(join(from, "package.json"), join(to, "package.json"));
  for (const part of parts) {
    const options = { recursive: true, dereference: true };
    cpSync(join(from, part), join(to, part), { ...options, filter: (path) => path === from || wanted(path) });
  }
}

function packBenchmark(folder) {
  const bench = join(root, "bench");
  for (const part of ["", "peers"]) {
    mkdirSync(join(folder, "bench", part), { recursive: true });
    for (const name of readdirSync(join(bench, part))) {
      if (/\.(mjs|py)$/.test(name)) copyFileSync(join(bench, part, name), join(folder, "bench", part, name));
    }
  }
  let revision = "unknown";
  try {
    revision = execFileSync("git", ["describe", "--always", "--dirty"], {
      cwd: root,
      encoding: "utf8",
    }).trim();
  } catch {}
  const launcher = join(folder, "bench.sh");
  writeFileSync(launcher, launcherText(revision));
  chmodSync(launcher, 0o755);
}

/** NVIDIA's containers keep the driver's manifest where the Vulkan loader does not look. */
function launcherText(revision) {
  return `#!/bin/sh
# Runs the benchmark; its options are those of \`pnpm bench\`. Results are written to bench/results.
cd "$(dirname "$0")" || exit 1
if [ -z "$VK_DRIVER_FILES$VK_ICD_FILENAMES" ]; then
  found=
  for file in /etc/vulkan/icd.d/*.json /usr/share/vulkan/icd.d/*.json /usr/local/share/vulkan/icd.d/*.json; do
    [ -f "$file" ] && found=yes
  done
  nvidia=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
  if [ -z "$found" ] && [ -f "$nvidia" ]; then export VK_DRIVER_FILES="$nvidia"; fi
fi
export CLIDIM_BENCH_REVISION=${revision}
exec ./node bench/run.mjs "$@"
`;
}

async function packPeers(folder) {
  const installed = join(root, "bench/node_modules");
  const modules = join(folder, "bench/node_modules");
  if (!existsSync(installed)) return;
  copyCode(join(installed, "@jax-js/jax"), join(modules, "@jax-js/jax"), ["dist"]);
  // Both parts of tfjs in one file of 2 MB instead of 170 MB of packages. It comes with tsup.
  const { build } = createRequire(createRequire(join(root, "package.json")).resolve("tsup"))("esbuild");
  const contents =
    'import tf from "@tensorflow/tfjs"; import "@tensorflow/tfjs-backend-webgpu"; export default tf;';
  await build({
    stdin: { contents, resolveDir: dirname(installed) },
    outfile: join(modules, "@tensorflow/tfjs/index.js"),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  const manifest = JSON.stringify({ type: "module", main: "index.js" });
  writeFileSync(join(modules, "@tensorflow/tfjs/package.json"), manifest);
  const backend = join(modules, "@tensorflow/tfjs-backend-webgpu");
  mkdirSync(backend, { recursive: true });
  writeFileSync(join(backend, "package.json"), manifest);
  writeFileSync(join(backend, "index.js"), "// The bundled @tensorflow/tfjs has registered it already.\n");
}
