import { defineConfig } from "vitest/config";

const conditions = ["@clidim/source", "node"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
    pool: "forks",
    setupFiles: process.env.CLIDIM_TEST_PROFILE ? ["test/profile.ts"] : [],
    // Pipelines compile for seconds each on a software adapter with a cold cache.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
