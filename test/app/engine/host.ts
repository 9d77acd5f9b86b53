/// <reference lib="dom" />
/** A page without anything to be seen, from which a test calls the engine: files are given, and come back, in base64. */
import {
  computings,
  type DenoisedImage,
  type DenoiseEvents,
  type DenoiseRequest,
  type Engine,
  type PlanePixels,
  type TrainEvents,
  type TrainedRun,
  type TrainProgress,
  type TrainRequest,
} from "../../../packages/app/src/engine/engine.js";
import type { Picture } from "../../../packages/app/src/engine/painter.js";
import { startEngine } from "../../../packages/app/src/engine/startEngine.js";
import type { FileOutcome } from "./fileScenario.js";
import type { Trouble } from "./trouble.js";

/** Bytes in base64, under a path. */
export interface GivenFile {
  readonly path: string;
  readonly bytes: string;
}

export interface Denoised extends Omit<DenoisedImage, "file" | "report"> {
  readonly name: string;
  readonly bytes: string;
  readonly report?: string;
  readonly preview?: Omit<Parameters<DenoiseEvents["onPreview"]>[0], "data">;
  readonly progress: readonly number[];
  readonly warnings: readonly string[];
}

const asked = new URLSearchParams(location.search).get("compute");
const { engine, painter } = startEngine(computings.find((one) => one === asked));

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

async function textOf(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

const filesOf = (given: readonly GivenFile[]) =>
  given.map(({ path, bytes }) => ({ path, file: new File([bytesOf(bytes)], path.split("/").at(-1)!) }));

/** The file of the latest result, as the page has it. */
let latest: Blob | undefined;
const latestResult = (): Promise<string> =>
  latest ? textOf(latest) : Promise.reject(new Error("no result"));

/** What is made of an image; with trouble once the visible region is shown. */
async function denoise(request: DenoiseRequest, shown?: Trouble): Promise<Denoised> {
  const progress: number[] = [];
  const warnings: string[] = [];
  let preview: Denoised["preview"];
  const { file, report, ...rest } = await engine.denoise(request, {
    onPhase: () => {},
    onWarning: (sentence) => warnings.push(sentence),
    onPreview: ({ data: _pixels, ...told }) => {
      if (shown && !preview) trouble(shown);
      preview = told;
    },
    onProgress: ({ done }) => progress.push(done),
  });
  latest = file.blob;
  return {
    ...{ ...rest, name: file.name, bytes: await textOf(file.blob), progress, warnings },
    ...(preview && { preview }),
    ...(report && { report: await report.blob.text() }),
  };
}

/** Denoises until the first message of progress, or for a moment. */
async function denoiseAndStop(request: DenoiseRequest): Promise<DenoisedImage> {
  const ignore = (): void => {};
  const stop = (): void => void engine.stop(request.job);
  setTimeout(stop, 200);
  return engine.denoise(request, { onPhase: ignore, onWarning: ignore, onPreview: ignore, onProgress: stop });
}

/** What lies in the folders of sessions and is no result of an image that is open. */
async function unfinished(): Promise<string[]> {
  const root = await navigator.storage.getDirectory();
  const found: string[] = [];
  const visit = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
    for await (const [name, entry] of folder.entries()) {
      if (entry.kind === "directory")
        await visit(entry as FileSystemDirectoryHandle, `${path}/${name}`); // by its kind
      else if (name.endsWith(".part")) found.push(`${path}/${name}`);
    }
  };
  await visit(root, "");
  return found;
}

/** A training, and what was told of it. */
export interface Trained extends TrainedRun {
  readonly progress: readonly TrainProgress[];
  readonly previews: number;
  readonly warnings: readonly string[];
}

/** What is done to a training at the first message of an update or a later one; after none, once it prepares. */
export interface Disturbance {
  readonly after: number;
  readonly what: "stop" | "finish" | Trouble;
}

const troubles = new BroadcastChannel("trouble");
/** Makes trouble in the worker, or ends it. */
const trouble = (what: Trouble): void => troubles.postMessage(what);

async function told(
  job: string,
  disturbance: Disturbance | undefined,
  work: (events: TrainEvents) => Promise<TrainedRun>,
): Promise<Trained> {
  const progress: TrainProgress[] = [];
  const warnings: string[] = [];
  let previews = 0;
  let due = disturbance;
  const disturb = (update: number): void => {
    if (!due || update < due.after) return;
    if (due.what === "stop") void engine.stop(job);
    else if (due.what === "finish") void engine.finish(job);
    else trouble(due.what);
    due = undefined;
  };
  const done = await work({
    onPhase: () => disturb(0),
    onWarning: (sentence) => warnings.push(sentence),
    onProgress: (now) => {
      progress.push(now);
      disturb(now.update);
    },
    onPreview: () => {
      previews++;
    },
  });
  return { ...done, progress, previews, warnings };
}

const train = (request: TrainRequest, disturbance?: Disturbance): Promise<Trained> =>
  told(request.job, disturbance, (events) => engine.train(request, events));
const resume = (request: Parameters<Engine["resume"]>[0]): Promise<Trained> =>
  told(request.job, undefined, (events) => engine.resume(request, events));

async function exported(...args: Parameters<Engine["exportModel"]>) {
  const { name, blob } = await engine.exportModel(...args);
  return { name, bytes: await textOf(blob) };
}

const openModel = (given: GivenFile) => engine.openModel(filesOf([given])[0]!.file); // one of one

const opened = (given: readonly GivenFile[]) => engine.open(filesOf(given));

const plane = async (
  ...args: Parameters<Engine["plane"]>
): Promise<Omit<PlanePixels, "data"> & { data: number[] }> => {
  const { data, ...rest } = await engine.plane(...args);
  return { ...rest, data: [...data] };
};

/** The grey values of the first pixels of a picture, in red, green, blue and their opacity, and its size. */
async function painted(picture: Picture, pixels: number) {
  const bitmap = await painter.paint(picture);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d")!; // A canvas without a context has it
  context.drawImage(bitmap, 0, 0);
  return { width, height, data: [...context.getImageData(0, 0, pixels, 1).data] };
}

/** What came of calls of a file system in a worker. */
function files(): Promise<readonly FileOutcome[]> {
  const worker = new Worker(new URL("./fileWorker.ts", import.meta.url), { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data as readonly FileOutcome[]); // what the worker sends
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

/** The result, or what the engine says of its failure. */
const tried = <T>(work: Promise<T>): Promise<T | { readonly failed: unknown }> =>
  work.catch((failed: unknown) => ({ failed }));

Object.assign(globalThis, {
  engine,
  denoise,
  denoiseAndStop,
  latestResult,
  unfinished,
  train,
  resume,
  exported,
  openModel,
  opened,
  plane,
  painter,
  painted,
  files,
  tried,
  trouble,
});
