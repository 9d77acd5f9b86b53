/**
 * node scripts/gpu-bundle.mjs [file] [--check]
 *
 * Packs Node, the built packages, Dawn, the command line, the benchmark and the correctness suites into one .tar.gz (default: gpu-bundle.tar.gz in the
 * current directory) for a Linux host of this processor's kind that has a GPU driver and the Vulkan loader, but perhaps no network:
 *
 *   tar -xzf gpu-bundle.tar.gz && cd clidim-gpu
 *   ./run doctor              what the adapter offers, and whether it computes correctly
 *   ./run suite [names]       the tests of the operations, kernels, gradients, layers and training steps that need an adapter;
 *                             CLIDIM_TEST_PROFILE as for `npm test`
 *   ./run bench [rows]        the benchmark; options as for `pnpm bench`
 *   ./run train ...           and every other command of clidim
 *
 * The peers tfjs, jax-js and onnxruntime-web come along where bench/node_modules has them. `--check` unpacks the file in an empty folder and runs doctor,
 * a suite and a row of the benchmark there, with an empty home and no variables but those that name the driver.
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
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { homedir, tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildPackages } from "./build-packages.mjs";
import { root } from "./run-command.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: "boolean", default: false } },
});
const target = resolve(positionals[0] ?? "gpu-bundle.tar.gz");
const name = "clidim-gpu";
const maxBytes = 60e6;
/** What the benchmark imports. */
const packages = ["tensor", "autograd", "nn", "imaging", "denoise", "clidim"];
/** Their tests run on the device; those that read files of the repository stay at home. */
const suites = [
  "packages/tensor/test",
  "packages/autograd/test",
  "packages/nn/test",
  "packages/denoise/test/data",
  "packages/denoise/test/step",
  "packages/clidim/test/training",
  "packages/clidim/test/losses",
  "packages/clidim/test/model",
];
// It comes with tsup.
const { build } = createRequire(createRequire(join(root, "package.json")).resolve("tsup"))("esbuild");
/** ES modules that hold CommonJS ask for it. */
const banner = {
  js: 'import { createRequire as createRequire_ } from "node:module"; const require = createRequire_(import.meta.url);',
};

await buildPackages();
const temporary = mkdtempSync(join(tmpdir(), "clidim-bundle-"));
try {
  const folder = join(temporary, name);
  packNode(folder);
  for (const each of packages) await packPackage(folder, each);
  await packProgramAndSuites(folder);
  packBenchmark(folder);
  await packPeers(folder);
  packLauncher(folder);
  execFileSync("tar", ["-C", temporary, "-I", "gzip -9", "-cf", target, name]);
} finally {
  rmSync(temporary, { recursive: true });
}
const { size } = statSync(target);
console.log(`${target}: ${(size / 1e6).toFixed(1)} MB`);
if (size > maxBytes) {
  console.error(`The bundle is larger than ${maxBytes / 1e6} MB.`);
  process.exitCode = 1;
}
if (options.check) check();

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

/** A package's manifest and JavaScript, and what its main entry imports from outside; other entries read and write files. */
async function packPackage(folder, short) {
  const source = join(root, "packages", short);
  copyCode(source, join(folder, "node_modules/@clidim", short), ["dist"]);
  const { metafile } = await build({
    entryPoints: [join(source, "dist/index.js")],
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    metafile: true,
    write: false,
    outdir: folder,
  });
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  // Inside the tensor package the device is reached by a name of its own.
  if (short === "tensor") imported.push("webgpu");
  const outside = imported.filter((path) => !/^(#|@clidim\/)/.test(path) && !isBuiltin(path));
  for (const dependency of new Set(outside)) {
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

/** The command line, and the suites with the sources that they test, which share the modules in chunks. */
async function packProgramAndSuites(folder) {
  const tests = suites.flatMap((suite) =>
    readdirSync(join(root, suite), { recursive: true })
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => join(root, suite, file)),
  );
  const portable = tests.filter(isPortable);
  const nameOf = (file) =>
    file.slice(root.length + "/packages/".length, -".ts".length).replaceAll(/\/(test\/)?/g, ".");
  const shared = {
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["@clidim/source"],
    external: ["webgpu", "bullmq", "ioredis"],
    loader: { ".glsl": "text", ".wgsl": "text" },
    outExtension: { ".js": ".mjs" },
    banner,
    logLevel: "error",
  };
  await build({
    ...shared,
    entryPoints: { clidim: join(root, "packages/cli/src/index.ts") },
    outdir: join(folder, "program"),
    minifySyntax: true,
  });
  await build({
    ...shared,
    entryPoints: {
      ...Object.fromEntries(portable.map((file) => [nameOf(file), file])),
      profile: join(root, "test/profile.ts"),
    },
    outdir: join(folder, "suite"),
    splitting: true,
    // Messages name the function that was compiled.
    keepNames: true,
    chunkNames: "shared/[name]-[hash]",
    alias: { vitest: join(root, "scripts/gpu-bundle/vitest.mjs") },
    // The matchers and spies are dependencies of vitest's, which package managers may keep out of reach.
    plugins: [{ name: "matchers", setup: resolveMatchers }],
  });
  const { version } = JSON.parse(readFileSync(join(root, "packages/cli/package.json"), "utf8"));
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name, version, type: "module", private: true }),
  );
}

function usesFiles(file) {
  return /from "node:|import\.meta/.test(readFileSync(file, "utf8"));
}

/** Whether a suite reads no files, neither by itself nor through what suites share. */
function isPortable(suite) {
  const text = readFileSync(suite, "utf8");
  const shared = [...text.matchAll(/from "@clidim\/testing\/(\w+)"/g)].map(([, name]) =>
    join(root, "packages/testing/src", `${name}.ts`),
  );
  return ![suite, ...shared].some(usesFiles);
}

function resolveMatchers(bundler) {
  const vitest = dirname(realpathSync(join(root, "node_modules/vitest/package.json")));
  const expect = dirname(realpathSync(join(vitest, "../@vitest/expect/package.json")));
  const options = { resolveDir: expect, kind: "import-statement" };
  bundler.onResolve({ filter: /^@vitest\/expect$/ }, () => bundler.resolve(expect, options));
  bundler.onResolve({ filter: /^(chai|@vitest\/spy)$/ }, ({ path, pluginData }) =>
    pluginData ? undefined : bundler.resolve(path, { ...options, pluginData: true }),
  );
}

function packBenchmark(folder) {
  const bench = join(root, "bench");
  for (const part of ["", "peers"]) {
    mkdirSync(join(folder, "bench", part), { recursive: true });
    for (const file of readdirSync(join(bench, part))) {
      if (/\.(mjs|py)$/.test(file)) copyFileSync(join(bench, part, file), join(folder, "bench", part, file));
    }
  }
}

function packLauncher(folder) {
  let revision = "unknown";
  try {
    const describe = ["describe", "--always", "--dirty"];
    revision = execFileSync("git", describe, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {}
  const launcher = join(folder, "run");
  writeFileSync(launcher, launcherText(revision));
  chmodSync(launcher, 0o755);
}

/** NVIDIA's containers keep the driver's manifest where the Vulkan loader does not look. */
function launcherText(revision) {
  return `#!/bin/sh
# ./run doctor | suite [names] | bench [rows and options] | any other command of clidim
here=$(cd "$(dirname "$0")" && pwd) || exit 1
if [ -z "$VK_DRIVER_FILES$VK_ICD_FILENAMES" ]; then
  found=
  for file in /etc/vulkan/icd.d/*.json /usr/share/vulkan/icd.d/*.json /usr/local/share/vulkan/icd.d/*.json; do
    [ -f "$file" ] && found=yes
  done
  nvidia=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
  if [ -z "$found" ] && [ -f "$nvidia" ]; then export VK_DRIVER_FILES="$nvidia"; fi
fi
export CLIDIM_BENCH_REVISION=${revision}
case "$1" in
  bench)
    shift
    exec "$here/node" "$here/bench/run.mjs" "$@"
    ;;
  suite)
    shift
    cd "$here/suite" || exit 1
    files=
    for part in "\${@:-.}"; do
      for file in *"$part"*.test.mjs; do [ -f "$file" ] && files="$files $file"; done
    done
    if [ -z "$files" ]; then
      echo "There is no such suite; there are:" && ls *.test.mjs
      exit 1
    fi
    # One after the other: a software adapter has no room for more.
    exec "$here/node" --import ./profile.mjs --test --test-force-exit --test-concurrency=1 --test-reporter=spec $files
    ;;
  *)
    exec "$here/node" "$here/program/clidim.mjs" "$@"
    ;;
esac
`;
}

/** In an empty folder, with an empty home: what does not come along is missed here. */
function check() {
  const folder = mkdtempSync(join(tmpdir(), "clidim-bundle-check-"));
  const home = join(folder, "home");
  mkdirSync(home);
  const run = (command, ...args) => {
    const line = [command, ...args].join(" ");
    console.log(`\n$ ${line}`);
    const env = { HOME: home, PATH: "/usr/bin:/bin", ...driverVariables() };
    execFileSync(command, args, { cwd: folder, env, stdio: ["ignore", "inherit", "inherit"] });
  };
  try {
    run("tar", "-xzf", target);
    run(`./${name}/run`, "doctor");
    run(`./${name}/run`, "suite", "tensor.random", "nn.device");
    run(`./${name}/run`, "bench", "matmul.256", "--quick", "--peers", "none");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Those of this process; else those of the software adapter that `npm start` has unpacked. */
function driverVariables() {
  const given = Object.fromEntries(
    ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "LD_LIBRARY_PATH"].flatMap((variable) =>
      process.env[variable] ? [[variable, process.env[variable]]] : [],
    ),
  );
  const setup = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "clidim/vulkan.json");
  if (Object.keys(given).length > 0 || !existsSync(setup)) return given;
  const { libraries, driver } = JSON.parse(readFileSync(setup, "utf8"));
  return {
    ...(driver && { VK_DRIVER_FILES: driver }),
    LD_LIBRARY_PATH: [...new Set(libraries.map((library) => dirname(library)))].join(":"),
  };
}

async function packPeers(folder) {
  const installed = join(root, "bench/node_modules");
  const modules = join(folder, "bench/node_modules");
  if (!existsSync(installed)) return;
  copyCode(join(installed, "@jax-js/jax"), join(modules, "@jax-js/jax"), ["dist"]);
  const onnxruntime = ["ort.webgpu.bundle.min.mjs", "ort-wasm-simd-threaded.asyncify.wasm"];
  copyCode(
    join(installed, "onnxruntime-web"),
    join(modules, "onnxruntime-web"),
    onnxruntime.map((file) => `dist/${file}`),
  );
  // Both parts of tfjs in one file of 2 MB instead of 170 MB of packages.
  const contents =
    'import tf from "@tensorflow/tfjs"; import "@tensorflow/tfjs-backend-webgpu"; export default tf;';
  await build({
    stdin: { contents, resolveDir: dirname(installed) },
    outfile: join(modules, "@tensorflow/tfjs/index.js"),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    banner,
    logLevel: "error",
  });
  const manifest = JSON.stringify({ type: "module", main: "index.js" });
  writeFileSync(join(modules, "@tensorflow/tfjs/package.json"), manifest);
  const backend = join(modules, "@tensorflow/tfjs-backend-webgpu");
  mkdirSync(backend, { recursive: true });
  writeFileSync(join(backend, "package.json"), manifest);
  writeFileSync(join(backend, "index.js"), "// The bundled @tensorflow/tfjs has registered it already.\n");
}
