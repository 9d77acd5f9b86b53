import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const conditions = ["@clidim/source", "node"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
    pool: "forks",
    // A core is left to the rest where there are more than two: of two, one would be idle while the other waits for shaders to compile.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    setupFiles: process.env.CLIDIM_TEST_PROFILE ? ["test/profile.ts"] : [],
    // Pipelines compile for seconds each on a software adapter with a cold cache.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
