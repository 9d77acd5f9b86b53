/**
 * Batches on real engines with as many stacks as wanted: BullMQ on Redis with four workers, which are killed again and again, and one restart of Redis; then Slurm with four tasks at a time, whose processes are killed, which are killed as a whole or requeued, and one restart each of slurmctld and slurmd.
 *
 *   node scripts/test-batch.mjs [--stacks N] [--seed S]
 *
 * N tiny stacks (default 10,000), some of them damaged on purpose; S repeats what is killed (default random, and printed). Needs redis-server, slurm-wlm and munge; what is missing is said and left out. The stacks lie in the
 * folder for temporary files (TMPDIR).
 */
import { join } from "node:path";
import { buildPackages } from "./build-packages.mjs";
import { Failure, root, run } from "./run-command.mjs";
import { seededOptions } from "./seeded-options.mjs";

try {
  const { amount: stacks, seed } = seededOptions("test-batch.mjs", "stacks", 10_000);
  await buildPackages();
  console.log(`Batches of ${stacks} stacks; --seed ${seed} repeats what is killed`);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const suites = ["test/batch/bullmq.test.ts", "test/batch/slurm.test.ts"];
  const options = ["--maxWorkers=1", "--disable-console-intercept"];
  process.exitCode = await run(process.execPath, [vitest, "run", ...suites, ...options], {
    env: { CLIDIM_BATCH_STACKS: String(stacks), CLIDIM_BATCH_SEED: String(seed) },
  });
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = error.exitCode;
}
