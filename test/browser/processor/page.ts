/** Offers `inWorker()` and `inPage()`, which resolve to what `work` makes of the processor there. */
import { type Worked, work } from "./work.js";

// Node's types have no workers of browsers.
declare const Worker: new (
  address: URL,
  options: { readonly type: "module" },
) => { onmessage: (message: { readonly data: Worked }) => void };

const inWorker = (): Promise<Worked> =>
  new Promise((resolve) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
  });

Object.assign(globalThis, { inWorker, inPage: work });
