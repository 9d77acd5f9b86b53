import { createEndpoint, proxy, type Remote, transfer, wrap } from "comlink";
import type { Computing, Engine, EngineError } from "./engine.js";
import { type Holder, holdLock } from "./holdLock.js";
import type { Painter, PainterMaker } from "./painter.js";
import { sessionLock } from "./sessionLock.js";

/** Browsers give storage, locks, GPUs and shared memory to such pages alone. */
const INSECURE =
  "This page came by http:// from another machine, and browsers keep storage and the GPU from such pages; open it by https://, or start it on this machine with clidim app.";

/** The engine in a worker of its own, and the painter in another, so that pictures do not wait for what is computed. What fails rejects with an `EngineError`; so does what waits for an answer when a worker ends, or cannot begin. */
export function startEngine(computing?: Computing): { readonly engine: Engine; readonly painter: Painter } {
  // Other pages have no numbers of that kind, and no locks.
  const name = isSecureContext ? crypto.randomUUID() : "";
  const worker = new Worker(new URL("../worker/worker.ts", import.meta.url), { type: "module", name });
  const painting = new Worker(new URL("../painter/worker.ts", import.meta.url), { type: "module" });
  const remote = wrap<Omit<Engine, "keepStorage"> & Holder>(worker);
  const maker = wrap<PainterMaker & Holder>(painting);
  let answered = false;
  let ended: EngineError | undefined;
  const waiting = new Set<(error: EngineError) => void>();
  const fail = (sentence: string): EngineError => {
    const error = { sentence, stopped: false, internal: false };
    for (const reject of waiting) reject(error);
    return error;
  };
  for (const one of [worker, painting]) {
    one.onerror = ({ message }) => {
      const details = message ? `: ${message}` : "";
      if (answered)
        fail(
          `The page's worker has failed${details}; save the results that are shown, then reload the page. Stored trainings are kept.`,
        );
      else {
        ended = fail(
          `The page's worker cannot be loaded${details}; reload the page, and if that does not help, the server does not send all files as they are.`,
        );
      }
    };
  }
  /** One that the browser ends, for want of memory for instance, says nothing; but its lock is free then. */
  const watch = async (holder: Remote<Holder>): Promise<void> => {
    const lock = `clidim-worker-${crypto.randomUUID()}`;
    await holder.holdLock(lock);
    await navigator.locks.request(lock, () => {
      ended = fail(
        "The browser has ended the page's worker, most likely for want of memory; save the results that are shown, then reload the page. Stored trainings are kept, and can go on from there.",
      );
    });
  };
  if (isSecureContext) {
    // The page's, not the worker's: when that has ended, what it has made can still be saved.
    holdLock(sessionLock(name)).catch(() => undefined);
    for (const one of [remote, maker]) {
      // What keeps a worker from answering is told by the first call.
      watch(one).catch(() => undefined);
    }
  }
  const asking = async <T>(call: () => Promise<T>): Promise<T> => {
    if (!isSecureContext) throw { sentence: INSECURE, stopped: false, internal: false } satisfies EngineError;
    if (ended) throw ended;
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
  let made: Promise<Remote<Painter>> | undefined;
  /** It asks the engine for planes by itself. */
  const makePainter = async (): Promise<Remote<Painter>> => {
    const port = await remote[createEndpoint]();
    return maker.painterFor(transfer(port, [port]));
  };
  const painted = <T>(call: (painter: Remote<Painter>) => Promise<T>): Promise<T> =>
    asking(async () => {
      made ??= makePainter();
      return call(await made);
    });
  const engine: Engine = {
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
    train: (request, events) => asking(() => remote.train(request, proxy(events))),
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
    // Pages alone may ask.
    keepStorage: () => asking(() => navigator.storage.persist()),
  };
  const painter: Painter = {
    look: (plane) => painted((one) => one.look(plane)),
    keep: (plane, pixels) =>
      painted((one) => one.keep(plane, transfer(pixels, [pixels.data.buffer as ArrayBuffer]))), // its own
    paint: (picture) => painted((one) => one.paint(picture)),
    residualLimit: (noisy, denoised) => painted((one) => one.residualLimit(noisy, denoised)),
    histograms: (...asked) => painted((one) => one.histograms(...asked)),
    profiles: (...asked) => painted((one) => one.profiles(...asked)),
    forget: (image) => painted((one) => one.forget(image)),
  };
  return { engine, painter };
}
