import { availableParallelism } from "node:os";
import { MessageChannel, Worker } from "node:worker_threads";
import { chunkBits, control, looks, type StartThreads, type Thread } from "./control.js";

/** How many threads the machine has for this process. */
export const threadsHere = (): number => availableParallelism();

/** A thread's program. It is text, as a file of its own would have to be found beside this one in whatever a program is bundled to. */
const program = `
const { receiveMessageOnPort, workerData } = require("node:worker_threads");
const { memory, jobs, port } = workerData;
const modules = new Map();
const refuse = () => { throw new Error("a function of the host is not for threads"); };
function read() {
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    const { load, drop, module, names, host } = next.message;
    if (load === undefined) { modules.delete(drop); continue; }
    const imports = Object.fromEntries(host.map((name) => [name, refuse]));
    const { exports } = new WebAssembly.Instance(module, { host: { memory, ...imports } });
    modules.set(load, names.map((name) => exports[name]));
  }
}
function work() {
  for (;;) {
    // What the job is stays until all chunks that somebody took are done, so it is read after taking one.
    const chunk = Atomics.add(jobs, ${control.next}, 1) & ${2 ** chunkBits - 1};
    const chunks = Atomics.load(jobs, ${control.chunks});
    if (chunk >= chunks) return;
    try {
      const number = jobs[${control.module}];
      if (!modules.has(number)) read();
      const addresses = jobs.subarray(${control.addresses}, ${control.addresses} + jobs[${control.count}]);
      modules.get(number)[jobs[${control.function}]](...addresses, chunk, chunks);
    } catch {
      Atomics.store(jobs, ${control.failed}, 1);
    }
    if (Atomics.add(jobs, ${control.done}, 1) + 1 === chunks) Atomics.notify(jobs, ${control.done});
  }
}
let seen = 0;
for (;;) {
  for (let look = 0; look < ${looks} && Atomics.load(jobs, ${control.wake}) === seen; look++);
  Atomics.wait(jobs, ${control.wake}, seen);
  seen = Atomics.load(jobs, ${control.wake});
  work();
}
`;

export const startThreads: StartThreads = (memory, jobs, count) =>
  Promise.all(
    Array.from({ length: count }, async (): Promise<Thread> => {
      const { port1, port2 } = new MessageChannel();
      const workerData = { memory, jobs, port: port2 };
      const worker = new Worker(program, { eval: true, workerData, transferList: [port2] });
      await new Promise((resolve, reject) => worker.once("online", resolve).once("error", reject));
      // They wait for ever, and shall not keep the process.
      worker.unref();
      port1.unref();
      return { send: (message) => port1.postMessage(message), stop: () => void worker.terminate() };
    }),
  );
