import { type MethodAnswer, MethodThreads, type MethodWorker } from "@clidim/denoise/node";
import { classicalMethods } from "@clidim/methods";

/** Each loads the methods and has pages of its own: more cores than these are those of machines whose memory is not known here. */
const MOST = 8;

/** Threads for methods without training, beside the worker. */
export const methodThreads: MethodThreads = new MethodThreads({
  count: Math.min(MOST, navigator.hardwareConcurrency),
  methods: classicalMethods,
  start: startThread,
});

function startThread(): MethodWorker {
  const name = `clidim-thread-${crypto.randomUUID()}`;
  const worker = new Worker(new URL("./methodThread.ts", import.meta.url), { type: "module", name });
  return {
    postMessage: (message, transfer) => worker.postMessage(message, [...transfer]),
    on: (event: string, listener: (said: MethodAnswer) => void) => {
      if (event !== "exit") {
        worker.addEventListener(event, (said) => listener((said as MessageEvent<MethodAnswer>).data));
        return;
      }
      // One that the browser ends, for want of memory for instance, says nothing; but its lock, which it has once it has said something, is free then.
      const ended = (): void => listener("failed");
      worker.addEventListener("message", () => void navigator.locks.request(name, ended), { once: true });
    },
    ref: () => undefined,
    unref: () => undefined,
    terminate: () => worker.terminate(),
  };
}
