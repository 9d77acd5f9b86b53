/**
 * The tests of the app with what is left out of `npm test`: pictures of each state in both themes and sizes (test/app/screenshots), and a training whose device the browser takes away.
 *
 *   node scripts/test-app.mjs [file...]
 */
import { join } from "node:path";
import { Failure, root, run } from "./run-command.mjs";

try {
  const files = process.argv.slice(2);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  process.exitCode = await run(
    process.execPath,
    [vitest, "run", ...(files.length > 0 ? files : ["test/app"])],
    { env: { CLIDIM_APP: "all" } },
  );
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
