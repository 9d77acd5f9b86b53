/**
 * The suites of damaged files for as long as wanted: every kind of file that comes from elsewhere, changed at random, has to be read or refused with a sentence.
 *
 *   node scripts/test-faults.mjs [--minutes N] [--seed S]
 *
 * N minutes together (default 10), half of them for TIFFs; S repeats the same files in the same order (default random, and printed). What a reader fails at is kept, with the file that was being read
 * where the process died or did not go on.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Failure, root } from "./run-command.mjs";
import { seededOptions } from "./seeded-options.mjs";

/** A file that is read for so long is read for ever. */
const LONGEST_MS = 120_000;

const folder = join(root, "node_modules/.cache/faults");

/** The files that are being read, or were when the process died. */
const running = () =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => name.startsWith("running-"))
    .map((name) => join(folder, name));

try {
  const { amount: minutes, seed } = seededOptions("test-faults.mjs", "minutes", 10);
  console.log(`Damaged files: ${minutes} minutes; --seed ${seed} repeats them`);
  mkdirSync(folder, { recursive: true });
  for (const file of running()) rmSync(file);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  // A group of its own: the process that does not go on is one that vitest has started.
  const child = spawn(process.execPath, [vitest, "run", "test/faults", "--testTimeout=0"], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, CLIDIM_FAULTS_SECONDS: String(minutes * 60), CLIDIM_FAULTS_SEED: String(seed) },
  });
  const kill = () => process.kill(-child.pid, "SIGKILL");
  process.on("SIGINT", kill);
  process.on("SIGTERM", kill);
  let stuck = false;
  const watch = setInterval(() => {
    stuck = running().some((file) => {
      const found = statSync(file, { throwIfNoEntry: false });
      return found !== undefined && Date.now() - found.mtimeMs > LONGEST_MS;
    });
    if (stuck) kill();
  }, 1000);
  const [code] = await once(child, "close");
  clearInterval(watch);
  if (stuck) console.error(`\nA file was read for more than ${LONGEST_MS / 1000} s.`);
  if (code !== 0) for (const file of running()) console.error(`This one was being read: ${file}`);
  process.exitCode = code ?? 1;
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = error.exitCode;
}
