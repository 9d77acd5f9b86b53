import type { StartThreads, Thread } from "./control.js";
import { threadProgram } from "./threadProgram.js";

/** A worker of a browser. */
interface BrowserWorker {
  onmessage: (() => void) | null;
  onerror: ((event: { preventDefault(): void }) => void) | null;
  postMessage(message: object): void;
  terminate(): void;
}

/** What is used of a browser, which no library of types that this package builds with has. */
interface Browser {
  /** Whether memory can be shared: the page is isolated from all others, which its server asks for. */
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly Worker?: new (address: string) => BrowserWorker;
  /** Workers have it, and pages do not. */
  readonly importScripts?: unknown;
}

const browser = globalThis as Browser;

/** How many threads the machine has: several where memory can be shared, and where it is no page that would wait for them, which browsers forbid. */
export const threadsHere = (): number =>
  browser.crossOriginIsolated === true && browser.Worker && "importScripts" in browser
    ? Math.max(1, browser.navigator?.hardwareConcurrency ?? 1)
    : 1;

const program = `
const listen = (receive) => { onmessage = ({ data }) => receive(data); };
${threadProgram}
postMessage("ready");`;

/** Milliseconds that a worker may take to start. Some browsers keep more than they allow waiting. */
const patience = 5000;

/** Fewer than `count` where the browser refuses more, or the page's policy refuses workers from memory (`worker-src blob:`). */
export const startThreads: StartThreads = async (memory, jobs, count) => {
  const address = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  try {
    const started = await Promise.all(
      Array.from({ length: count }, (): Promise<Thread | undefined> => startThread(address, memory, jobs)),
    );
    return started.filter((thread) => thread !== undefined);
  } finally {
    URL.revokeObjectURL(address);
  }
};

function startThread(address: string, memory: object, jobs: Int32Array): Promise<Thread | undefined> {
  return new Promise((resolve) => {
    let worker: BrowserWorker;
    try {
      worker = new browser.Worker!(address);
    } catch {
      resolve(undefined);
      return;
    }
    const giveUp = (): void => {
      worker.terminate();
      resolve(undefined);
    };
    const timer = setTimeout(giveUp, patience);
    worker.onerror = (event) => {
      // It is no mistake of the page: others take its chunks.
      event.preventDefault();
      clearTimeout(timer);
      giveUp();
    };
    worker.onmessage = () => {
      clearTimeout(timer);
      worker.postMessage({ memory, jobs });
      resolve({ send: (message) => worker.postMessage(message), stop: () => worker.terminate() });
    };
  });
}
