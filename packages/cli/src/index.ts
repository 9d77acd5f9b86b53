import { exitCodes } from "./exitCodes.js";
import { runFiltered, terminalBesideFilter, wantsFilter } from "./nativeMessages.js";
import { outliveOutput } from "./outputStreams.js";

if (wantsFilter()) process.exitCode = await runFiltered();
else {
  // Only here, since it loads everything.
  const { main } = await import("./main.js");
  const err = terminalBesideFilter() ?? process.stderr;
  const outputFailed = outliveOutput(process.stdout, err);
  const code = await main(process.argv.slice(2), { out: process.stdout, err });
  process.exitCode = code === exitCodes.success && outputFailed() ? exitCodes.input : code;
}

export { formatDuration } from "./duration.js";
