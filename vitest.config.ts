import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectInlineConfiguration, type TestUserConfig } from "vitest/config";

const conditions = ["@clidim/source", "node"];

const filesBelow = (folder: string): string[] =>
  readdirSync(fileURLToPath(new URL(folder, import.meta.url)), { recursive: true })
    .map((name) => `${folder}/${String(name).replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".test.ts"));

/** Of files, those that say what matches. */
const saying = (what: RegExp, paths: readonly string[]): string[] =>
  paths.filter((path) => what.test(readFileSync(new URL(path, import.meta.url), "utf8")));

const without = (paths: readonly string[], left: readonly string[]): string[] =>
  paths.filter((path) => !left.includes(path));

/** What a test file changes of its process: modules, spied functions, the environment, the clock, the default device. */
const changesTheProcess =
  /\bvi\.(?!fn\b|mocked\b|waitFor\b)|\bsetDefaultDevice\(|\bdefineProperty\((process|globalThis)\b|\bprocess\.(chdir|emit|on|env\.\w+ =[^=])/;

/** Suites of which nothing outlives a file but the default device. */
const suites = [
  ...["autograd", "cli", "clidim", "denoise", "imaging", "methods", "nn", "tensor"].map(
    (name) => `packages/${name}/test`,
  ),
  ...["export", "import", "pytorch"].map((name) => `test/${name}`),
].flatMap(filesBelow);

/**
 * Suites of the protocol and of the command line: data, files, messages, training that stops, goes on or is refused. What computes is of no matter to them,
 * and WebAssembly has no shaders, which compile for seconds each on a software adapter with a cold cache. Kernels, losses, steps and networks are tested on
 * WebGPU, and each method from training to a denoised page (`packages/methods/test/endToEnd.test.ts`).
 */
const ofProtocol = suites.filter((path) =>
  [
    "packages/cli/test/",
    ...["ablation", "budget", "demo", "inference", "protocol", "training"].map(
      (name) => `packages/denoise/test/${name}/`,
    ),
    ...["ablations", "care/method", "jInvariance/methods", "noise2noise/method", "noise2void/structured"].map(
      (name) => `packages/methods/test/${name}`,
    ),
    ...["pn2v/method", "training/plateau", "variational/methods"].map(
      (name) => `packages/methods/test/${name}`,
    ),
  ].some((suite) => path.startsWith(suite)),
);

/** What a file of theirs says that means a device: it has one. Those of the command line have the words in texts, but for that of the kernels' tiles. */
const meansDevice = /\bDevice\b|\bdefaultDevice\(|\bWebGPU\b|\btune/;
const naming = ofProtocol.filter((path) => /^packages\/cli\/test\/(?!tune)/.test(path));

/** Files that compute by WebAssembly, but not where a profile says what computes. */
const onProcessor =
  process.env.CLIDIM_TEST_PROFILE === undefined
    ? without(ofProtocol, saying(meansDevice, without(ofProtocol, naming)))
    : [];

/** Files that follow one another in a process, which loads the modules, opens the device and makes its pipelines once, and not once a file. */
const together = without(suites, saying(changesTheProcess, suites));

/** Without `extends`, which would put the number of workers here, where `--maxWorkers` does not reach. */
const shared = (test: TestUserConfig): TestProjectInlineConfiguration => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: "forks",
    setupFiles: process.env.CLIDIM_TEST_PROFILE ? ["test/profile.ts"] : [],
    ...test,
    // Pipelines compile for seconds each on a software adapter with a cold cache.
    testTimeout: 120_000,
    hookTimeout: process.env.CLIDIM_TEST_PROFILE === undefined ? 120_000 : 0,
  },
});

const processor = (test: TestUserConfig): TestProjectInlineConfiguration =>
  shared({ ...test, setupFiles: ["test/processor.ts"] });

export default defineConfig({
  test: {
    // A core is left to the rest where there are more than two: of two, one would be idle while the other waits for shaders to compile.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      shared({
        name: "alone",
        include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
        exclude: [...together, ...onProcessor],
      }),
      shared({ name: "together", include: without(together, onProcessor), isolate: false }),
      processor({ name: "alone on the processor", include: without(onProcessor, together) }),
      processor({
        name: "together on the processor",
        include: onProcessor.filter((path) => together.includes(path)),
        isolate: false,
      }),
    ],
  },
});
