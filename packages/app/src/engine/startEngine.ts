import { proxy, wrap } from "comlink";
import type { Computing, Engine, EngineError } from "./engine.js";

/** Browsers give storage, locks, GPUs and shared memory to such pages alone. */
const INSECURE =
  "This page came by http:// from another machine, and browsers keep storage and the GPU from such pages; open it by https://, or start it on this machine with clidim app.";

/** The engine in a worker of its own. What fails rejects with an `EngineError`; so does what waits for an answer when the worker ends, or cannot begin. */
export function startEngine(computing?: Computing): Engine {
  const worker = new Worker(new URL("../worker/worker.ts", import.meta.url), { type: "module" });
  const remote = wrap<Engine>(worker);
  let answered = false;
  const waiting = new Set<(error: EngineError) => void>();
  worker.onerror = ({ message }) => {
    const details = message ? `: ${message}` : "";
    const sentence = answered
      ? `The page's worker has failed${details}; reload the page. Stored runs are kept.`
      : `The page's worker cannot be loaded${details}; reload the page, and if that does not help, the server does not send all files as they are.`;
    for (const reject of waiting) reject({ sentence, stopped: false, internal: false });
  };
  const asking = async <T>(call: () => Promise<T>): Promise<T> => {
    if (!isSecureContext) throw { sentence: INSECURE, stopped: false, internal: false } satisfies EngineError;
    let reject!: (error: EngineError) => void; // set at once
    const failed = new Promise<never>((_resolve, rejects) => {
      reject = rejects;
    });
    waiting.add(reject);
    try {
      const answer = await Promise.race([call(), failed]);
      answered = true;
      return answer;
    } finally {
      waiting.delete(reject);
    }
  };
  return {
    machine: () => asking(() => remote.machine(computing)),
    methods: () => asking(() => remote.methods()),
    open: (files) => asking(() => remote.open(files)),
    openUrl: (url) => asking(() => remote.openUrl(url)),
    openSample: () => asking(() => remote.openSample()),
    withAxes: (image, axes) => asking(() => remote.withAxes(image, axes)),
    close: (image) => asking(() => remote.close(image)),
    plane: (image, place, longest, region) => asking(() => remote.plane(image, place, longest, region)),
    // Functions stay where they are, and are called from there.
    denoise: (request, events) => asking(() => remote.denoise(request, proxy(events))),
    check: (request) => asking(() => remote.check(request)),
    train: (request, events) =>
      asking(() => {
        // Runs are then not among what a full disk is freed of. Pages alone may ask; some browsers ask the user, who may take a while.
        void navigator.storage.persist();
        return remote.train(request, proxy(events));
      }),
    resume: (request, events) => asking(() => remote.resume(request, proxy(events))),
    stop: (job) => asking(() => remote.stop(job)),
    finish: (job) => asking(() => remote.finish(job)),
    runs: () => asking(() => remote.runs()),
    removeRun: (run) => asking(() => remote.removeRun(run)),
    openModel: (file) => asking(() => remote.openModel(file)),
    readyModels: () => asking(() => remote.readyModels()),
    openReadyModel: (name) => asking(() => remote.openReadyModel(name)),
    modelFiles: (model) => asking(() => remote.modelFiles(model)),
    exportModel: (model, kind, details) => asking(() => remote.exportModel(model, kind, details)),
    storage: () => asking(() => remote.storage()),
  };
}
