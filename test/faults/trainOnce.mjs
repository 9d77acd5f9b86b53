/** One training as a process of its own, which may be killed: `node trainOnce.mjs <options as JSON>`. Prints updates, and the bytes of memory that the process has then. */
import { clidim } from "@clidim/clidim";
import { train } from "@clidim/denoise/node";

await train(
  { method: clidim, ...JSON.parse(process.argv[2]) },
  { onProgress: ({ update }) => console.log(`${update} ${process.memoryUsage.rss()}`) },
);
process.exit(0);
