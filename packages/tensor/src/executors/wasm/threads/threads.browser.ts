import type { StartThreads } from "./control.js";

/** Pages share memory with threads only where they are isolated from all others, which a library cannot ask for. */
export const threadsHere = (): number => 1;

export const startThreads: StartThreads = async () => [];
