import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { MethodThreads } from "@clidim/denoise/node";
import { classicalMethods } from "./classicalMethods.js";

/** As it was built, from the sources as from what is built of them. A name, so that what bundles does not look for it. */
const BUILT = "../dist/thread.js";

/** Threads for `classicalMethods`, for `threads` of `denoiseFiles`. `count` says how many at once, a whole number, at least 1; default: as many as the processor runs. With one, all is done in the calling thread. */
export const methodThreads = (count: number = availableParallelism()): MethodThreads =>
  new MethodThreads({
    count,
    methods: classicalMethods,
    start: () => new Worker(new URL(BUILT, import.meta.url), { execArgv: [], stdout: true, stderr: true }),
  });
