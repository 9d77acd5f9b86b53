/**
 * The gradient suites with as many random shapes as wanted: every primitive, operation, layer and loss against differences in float64.
 *
 *   node scripts/test-gradients.mjs [--runs N] [--seed S]
 *
 * N cases per property (default 500); S repeats a run (default random, and printed).
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Failure, root, run } from "./run-command.mjs";

const suites = [
  "packages/autograd/test",
  "packages/nn/test/gradients",
  "packages/clidim/test/losses/gradients",
];

function whole(name, text, minimum) {
  const maximum = 2 ** 31 - 1;
  if (/^\d{1,10}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum) return Number(text);
  throw new Failure(`--${name} must be a whole number from ${minimum} to ${maximum}, got "${text}"`);
}

function options() {
  try {
    return parseArgs({ options: { runs: { type: "string" }, seed: { type: "string" } } }).values;
  } catch (error) {
    throw new Failure(`${error.message}\nUsage: node scripts/test-gradients.mjs [--runs N] [--seed S]`);
  }
}

try {
  const { runs: runsText = "500", seed: seedText = String(Math.floor(Math.random() * 2 ** 31)) } = options();
  const runs = whole("runs", runsText, 1);
  const seed = whole("seed", seedText, 0);
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
