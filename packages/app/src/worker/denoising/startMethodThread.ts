import type { MethodAnswer, MethodWorker } from "@clidim/denoise/node";

/** Milliseconds that a thread may take for its first word, with the methods to be loaded. Some browsers keep more than they allow waiting, and end others without a word. */
const PATIENCE = 30_000;

/** Starts a thread in which `methodThread.ts` runs. One that does not begin in time counts as one that has ended. */
export function startMethodThread(): MethodWorker {
  const name = `clidim-thread-${crypto.randomUUID()}`;
  const worker = new Worker(new URL("./methodThread.ts", import.meta.url), { type: "module", name });
  return {
    postMessage: (message, transfer) => worker.postMessage(message, [...transfer]),
    on: (event: string, listener: (said: MethodAnswer) => void) => {
      if (event !== "exit") {
        worker.addEventListener(event, (said) => {
          // It is no mistake of the page: others do its task.
          if (event === "error") said.preventDefault();
          listener((said as MessageEvent<MethodAnswer>).data);
        });
        return;
      }
      const ended = (): void => listener("failed");
      const timer = setTimeout(ended, PATIENCE);
      worker.addEventListener("error", () => clearTimeout(timer), { once: true });
      // One that the browser ends, for want of memory for instance, says nothing; but its lock, which it has once it has said something, is free then.
      const begun = (): void => {
        clearTimeout(timer);
        void navigator.locks.request(name, ended);
      };
      worker.addEventListener("message", begun, { once: true });
    },
    ref: () => undefined,
    unref: () => undefined,
    terminate: () => worker.terminate(),
  };
}
