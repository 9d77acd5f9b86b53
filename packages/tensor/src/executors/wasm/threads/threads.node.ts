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

/** Fewer than `count` where the system refuses more, as containers do that limit processes. */
export const startThreads: StartThreads = async (memory, jobs, count) => {
  const started = await Promise.all(
    Array.from({ length: count }, (): Promise<Thread | undefined> => startThread(memory, jobs)),
  );
  return started.filter((thread) => thread !== undefined);
};

function startThread(memory: object, jobs: Int32Array): Promise<Thread | undefined> {
  return new Promise((resolve) => {
    let worker: Worker;
    try {
      worker = new Worker(program, { eval: true });
    } catch {
      resolve(undefined);
      return;
    }
    const giveUp = (): void => resolve(undefined);
    worker.once("error", giveUp).once("exit", giveUp);
    worker.once("online", () => {
      // They wait for ever, and shall not keep the process.
      worker.unref();
      worker.postMessage({ memory, jobs });
      resolve({ send: (message) => worker.postMessage(message), stop: () => void worker.terminate() });
    });
  });
}
