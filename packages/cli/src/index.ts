import { exitCodes } from "./exitCodes.js";
import { outlivesTerminal } from "./interruption.js";
import { runFiltered, terminalBesideFilter, wantsFilter } from "./nativeMessages.js";
import { outliveOutput } from "./outputStreams.js";

if (wantsFilter()) process.exitCode = await runFiltered();
else {
  const terminal = { out: process.stdout, err: terminalBesideFilter() ?? process.stderr };
  // Without anyone who listens, it would end the process, under nohup too.
  if (outlivesTerminal(terminal)) process.on("SIGHUP", () => undefined);
  const outputFailed = outliveOutput(terminal.out, terminal.err);
  // Only here, since it loads everything.
  const { main } = await import("./main.js");
  const code = await main(process.argv.slice(2), terminal);
  process.exitCode = code === exitCodes.success && outputFailed() ? exitCodes.input : code;
}

export { formatDuration } from "./duration.js";
