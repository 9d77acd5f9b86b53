/**
 * The suites of the libraries under every device profile (CONTRIBUTING.md lists them), one after the other.
 *
 *   node scripts/test-profiles.mjs [profile...]
 *
 * Without names: all of them. Ends with a line per profile, and with an error if any failed.
 */
import { join } from "node:path";
import { Failure, root, run } from "./run-command.mjs";

const profiles = ["default", "checked", "gpu", "checked-gpu"];
const suites = [
  "packages/tensor",
  "packages/autograd",
  "packages/nn",
  "packages/denoise",
  "packages/clidim",
  "packages/methods",
];

try {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !profiles.includes(name));
  if (unknown.length > 0) {
    throw new Failure(`There is no profile ${unknown.join(", ")}; there are ${profiles.join(", ")}`, 2);
  }
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const results = [];
  for (const profile of wanted.length > 0 ? wanted : profiles) {
    console.log(`\n== profile ${profile}`);
    const began = performance.now();
    // Kernels with barriers take a software adapter long to compile.
    const status = await run(process.execPath, [vitest, "run", ...suites, "--testTimeout=0"], {
      env: { CLIDIM_TEST_PROFILE: profile === "default" ? "" : profile },
    });
    const minutes = ((performance.now() - began) / 60_000).toFixed(1);
    results.push({ status, line: `${profile}: ${status === 0 ? "passed" : "failed"} in ${minutes} min` });
  }
  console.log(`\n${results.map(({ line }) => line).join("\n")}`);
  process.exitCode = results.some(({ status }) => status !== 0) ? 1 : 0;
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = error.exitCode;
}
