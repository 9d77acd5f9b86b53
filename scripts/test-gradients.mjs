/**
 * The gradient suites with as many random shapes as wanted: every primitive, operation, layer and loss against differences in float64.
 *
 *   node scripts/test-gradients.mjs [--runs N] [--seed S]
 *
 * N cases per property (default 500); S repeats a run (default random, and printed).
 */
import { join } from "node:path";
import { Failure, root, run } from "./run-command.mjs";
import { seededOptions } from "./seeded-options.mjs";

const suites = [
  "packages/autograd/test",
  "packages/nn/test/gradients",
  "packages/clidim/test/losses/gradients",
];

try {
  const { amount: runs, seed } = seededOptions("test-gradients.mjs", "runs", 500);
  console.log(`Gradient suites: ${runs} cases per property; --seed ${seed} repeats them`);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  process.exitCode = await run(process.execPath, [vitest, "run", ...suites, "--testTimeout=0"], {
    env: { CLIDIM_GRADIENT_RUNS: String(runs), CLIDIM_GRADIENT_SEED: String(seed) },
  });
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = error.exitCode;
}
