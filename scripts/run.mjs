/**
 * `npm start` and `npm test` on a fresh clone: nothing is expected but Node and npm.
 *
 *   node scripts/run.mjs start [arguments of `clidim demo`]
 *   node scripts/run.mjs test  [arguments of `vitest run`]
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPackages } from "./build-packages.mjs";
import { ensureAdapter } from "./ensure-adapter.mjs";
import { installDependencies } from "./install-dependencies.mjs";
import { Failure, npm, root, run } from "./run-command.mjs";

const tasks = { start, test };

/** So many test files are listed, with what each took. */
const LONGEST = 25;

try {
  const [name = "", ...args] = process.argv.slice(2);
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (!task) throw new Failure(`Usage: node scripts/run.mjs ${Object.keys(tasks).join("|")} [arguments]`);
  await installDependencies();
  await buildPackages();
  process.exitCode = await task(args);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = error.exitCode;
}

async function start(args) {
  return run(process.execPath, [join(root, "packages/cli/bin/clidim.js"), "demo", ...args]);
}

async function test(args) {
  console.log(`WebGPU adapter: ${await ensureAdapter()}`);
  const temporary = mkdtempSync(join(tmpdir(), "clidim-test-"));
  try {
    return await runChecks(args, join(temporary, "tally.json"));
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

async function runChecks(args, tally) {
  const reporters = ["default", join(root, "scripts/tally-reporter.mjs")].map((name) => `--reporter=${name}`);
  const vitest = [join(root, "node_modules/vitest/vitest.mjs"), "run", ...reporters, ...args];
  const checks = {
    "type check": () => npm(["run", "--silent", "typecheck"]),
    lint: () => npm(["run", "--silent", "lint"]),
    tests: () => run(process.execPath, vitest, { env: { CLIDIM_TALLY: tally } }),
  };
  const outcomes = {};
  for (const [name, check] of Object.entries(checks)) {
    console.log(`\n== ${name}`);
    outcomes[name] = (await check()) === 0;
  }
  const { passed, failed, skipped, files } = readTally(tally);
  console.log("\n== the longest test files");
  for (const { path, seconds } of files.slice(0, LONGEST)) {
    console.log(`${seconds.toFixed(1).padStart(6)} s ${path}`);
  }
  console.log("\n== summary");
  for (const [name, ok] of Object.entries(outcomes)) console.log(`${name}: ${ok ? "ok" : "FAILED"}`);
  // A run of one test by its name skips all others.
  if (args.length === 0) for (const test of skipped) console.log(`SKIPPED ${test}`);
  console.log(`${passed} passed, ${outcomes.tests ? failed : Math.max(failed, 1)} failed`);
  return Object.values(outcomes).every(Boolean) ? 0 : 1;
}

/** A test run that died before its reporter wrote anything counts no test. */
function readTally(file) {
  return existsSync(file)
    ? JSON.parse(readFileSync(file, "utf8"))
    : { passed: 0, failed: 0, skipped: [], files: [] };
}
