import type { ClassicalMethod } from "../protocol/method.js";
import { sharesOf } from "./applyInThreads.js";
import type { MethodThreads } from "./methodThreads.js";
import type { PlannedFile } from "./planFiles.js";

/** How many threads a classical method denoises a file in at once: of pages that are so many in memory (`ReadAhead`) one each, or several where it divides pages and there are fewer of these than threads. Pages of more than `largest` pixels go by bands, one after the other. */
export function threadsAtWork(
  { slow, division }: Pick<ClassicalMethod, "slow" | "division">,
  threads: Pick<MethodThreads, "count"> | undefined,
  { width, height, pages, channels }: Pick<PlannedFile, "width" | "height" | "pages" | "channels">,
  largest: number,
): number {
  if (!slow || !threads) return 1;
  const together = Math.min(threads.count, pages, Math.floor(largest / (width * height)));
  if (together === 0) return 1;
  const shares = division ? sharesOf(threads, pages / channels.length) : 1;
  return Math.min(threads.count, together * shares);
}
