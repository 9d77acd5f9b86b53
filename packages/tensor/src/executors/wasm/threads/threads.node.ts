import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { StartThreads, Thread } from "./control.js";
import { threadProgram } from "./threadProgram.js";

/** How many threads the machine has for this process. */
export const threadsHere = (): number => availableParallelism();

const program = `
const { parentPort } = require("node:worker_threads");
const listen = (receive) => parentPort.on("message", receive);
${threadProgram}`;

export const startThreads: StartThreads = (memory, jobs, count) =>
  Promise.all(
    Array.from({ length: count }, async (): Promise<Thread> => {
      const worker = new Worker(program, { eval: true });
      await new Promise((resolve, reject) => worker.once("online", resolve).once("error", reject));
      // They wait for ever, and shall not keep the process.
      worker.unref();
      worker.postMessage({ memory, jobs });
      return { send: (message) => worker.postMessage(message), stop: () => void worker.terminate() };
    }),
  );
