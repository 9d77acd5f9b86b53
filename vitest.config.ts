import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectInlineConfiguration, type TestUserConfig } from "vitest/config";

const conditions = ["@clidim/source", "node"];

/** Suites of which nothing outlives a file but the default device. */
const suites = [
  ...["autograd", "clidim", "denoise", "imaging", "methods", "nn", "tensor"].map(
    (name) => `packages/${name}/test`,
  ),
  ...["export", "import", "pytorch"].map((name) => `test/${name}`),
];

/** What a test file changes of its process: modules, spied functions, the environment, the clock, the default device. */
const changesTheProcess =
  /\bvi\.(?!fn\b|mocked\b|waitFor\b)|\bsetDefaultDevice\(|\bdefineProperty\((process|globalThis)\b|\bprocess\.(chdir|emit|on|env\.\w+ =[^=])/;

const filesBelow = (folder: string): string[] =>
  readdirSync(fileURLToPath(new URL(folder, import.meta.url)), { recursive: true })
    .map((name) => `${folder}/${String(name).replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".test.ts"));

/** Files that follow one another in a process, which loads the modules, opens the device and makes its pipelines once, and not once a file. */
const together = suites
  .flatMap(filesBelow)
  .filter((path) => !changesTheProcess.test(readFileSync(new URL(path, import.meta.url), "utf8")));

/** Without `extends`, which would put the number of workers here, where `--maxWorkers` does not reach. */
const shared = (test: TestUserConfig): TestProjectInlineConfiguration => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    ...test,
    pool: "forks",
    setupFiles: process.env.CLIDIM_TEST_PROFILE ? ["test/profile.ts"] : [],
    // Pipelines compile for seconds each on a software adapter with a cold cache.
    testTimeout: 120_000,
    hookTimeout: process.env.CLIDIM_TEST_PROFILE === undefined ? 120_000 : 0,
  },
});

export default defineConfig({
  test: {
    // A core is left to the rest where there are more than two: of two, one would be idle while the other waits for shaders to compile.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      shared({
        name: "alone",
        include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
        exclude: together,
      }),
      shared({ name: "together", include: together, isolate: false }),
    ],
  },
});
