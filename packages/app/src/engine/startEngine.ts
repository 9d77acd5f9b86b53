import { proxy, wrap } from "comlink";
import type { Computing, Engine, EngineError } from "./engine.js";

/** The engine in a worker of its own. What fails rejects with an `EngineError`. */
export function startEngine(computing?: Computing): Engine {
  const worker = new Worker(new URL("../worker/worker.ts", import.meta.url), { type: "module" });
  const remote = wrap<Engine>(worker);
  const failed = new Promise<never>((_resolve, reject) => {
    worker.onerror = (event) => {
      const sentence = `The page's worker cannot be loaded${event.message ? `: ${event.message}` : ""}; reload the page, and if that does not help, the server does not send all files as they are.`;
      reject({ sentence, stopped: false, internal: false } satisfies EngineError);
    };
  });
  // Only the first call asks for it.
  failed.catch(() => undefined);
  return {
    machine: () => Promise.race([remote.machine(computing), failed]),
    methods: () => remote.methods(),
    open: (files) => remote.open(files),
    openUrl: (url) => remote.openUrl(url),
    openSample: () => remote.openSample(),
    withAxes: (image, axes) => remote.withAxes(image, axes),
    close: (image) => remote.close(image),
    plane: (image, place, longest, region) => remote.plane(image, place, longest, region),
    // Functions stay where they are, and are called from there.
    denoise: (request, events) => remote.denoise(request, proxy(events)),
    check: (request) => remote.check(request),
    train: (request, events) => {
      // Runs are then not among what a full disk is freed of. Pages alone may ask; some browsers ask the user, who may take a while.
      void navigator.storage.persist();
      return remote.train(request, proxy(events));
    },
    resume: (request, events) => remote.resume(request, proxy(events)),
    stop: (job) => remote.stop(job),
    runs: () => remote.runs(),
    removeRun: (run) => remote.removeRun(run),
    openModel: (file) => remote.openModel(file),
    readyModels: () => remote.readyModels(),
    openReadyModel: (name) => remote.openReadyModel(name),
    exportModel: (model, kind, about) => remote.exportModel(model, kind, about),
    storage: () => remote.storage(),
  };
}
