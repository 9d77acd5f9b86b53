import { main } from "./main.js";

// A reader such as `head` may close the pipe before everything is printed, which is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));

export { formatDuration } from "./duration.js";
