import { runFiltered, terminalBesideFilter, wantsFilter } from "./nativeMessages.js";

// A reader such as `head` may close the pipe before everything is printed, which is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

if (wantsFilter()) process.exitCode = await runFiltered();
else {
  // Only here, since it loads everything.
  const { main } = await import("./main.js");
  const err = terminalBesideFilter() ?? process.stderr;
  process.exitCode = await main(process.argv.slice(2), { out: process.stdout, err });
}

export { formatDuration } from "./duration.js";
