/**
 * What the page asks of the worker. Everything that crosses is plain data, Blobs or Files; progress comes through callbacks (comlink's proxies). Each method that fails does so with an
 * `EngineError`: a sentence for the user. The page knows nothing of tensors and methods but what is said here.
 */
import type { KeyDescription, MethodDescription } from "@clidim/denoise";
import type { Axis, PixelType } from "@clidim/imaging";

export interface Engine {
  /** What the browser offers. Asked once, at the start; fails only where the engine cannot be started. "webgpu" is WebGPU even without a GPU, "processor" no GPU though there is one. */
  machine(computing?: Computing): Promise<Machine>;
  /** Every method of the registry, with its presets and keys, from which the page makes its forms. */
  methods(): Promise<readonly MethodForm[]>;

  /** Opens what was dropped or chosen: files, or the files of folders (an OME-Zarr is one image of many files); of archives (`.zip`) the OME-Zarrs in them, or the model. What cannot be opened is among the failures, the rest is opened all the same. */
  open(files: readonly DroppedFile[]): Promise<Opened>;
  /** An OME-Zarr or a file behind an address that allows it (CORS). */
  openUrl(url: string): Promise<OpenedImage>;
  /** The sample image that the site brings with it: simulated filaments and nuclei, made on the spot. */
  openSample(): Promise<OpenedImage>;
  /** Other axes than the file says, where it says none or wrong ones: `"TZYX"`, as many letters as the image has dimensions. */
  withAxes(image: string, axes: string): Promise<OpenedImage>;
  close(image: string): Promise<void>;
  /** A plane or a region of it, as float32, reduced to at most `longest` pixels along its longer side where that is given (thumbnails), or so far that it has no more than 2^26 pixels. */
  plane(image: string, place: Place, longest?: number, region?: Rectangle): Promise<PlanePixels>;

  /** Denoises an image; the region that is looked at first, as a preview. */
  denoise(request: DenoiseRequest, events: DenoiseEvents): Promise<DenoisedImage>;
  /** What is wrong with the values of a form, as `resolveConfiguration` says it; nothing where they can be trained with. */
  check(request: Pick<TrainRequest, "method" | "preset" | "values">): Promise<readonly ValueProblem[]>;
  /** Trains; the run is kept in the browser's own storage, from where it goes on after a reload. One that is stopped while its images are still copied there fails as stopped: nothing of it is kept. */
  train(request: TrainRequest, events: TrainEvents): Promise<TrainedRun>;
  /** Goes on with a run that was paused or cut off; `job` is chosen by the page, for `stop`. */
  resume(request: { readonly job: string; readonly run: string }, events: TrainEvents): Promise<TrainedRun>;
  /** Ends the training or denoising of that number (`job` of its request) at the next tile or update. What is finished stays; a training is saved. */
  stop(job: string): Promise<void>;
  /** Completes the training of that number after the update at hand, with what is best so far. */
  finish(job: string): Promise<void>;

  /** Runs that the storage holds, the latest first. */
  runs(): Promise<readonly StoredRun[]>;
  removeRun(run: string): Promise<void>;
  /** A model file that was dropped: `.safetensors` of `clidim train` or of this app, or a network of another program, `.onnx`. */
  openModel(file: File): Promise<ModelSummary>;
  /** The models that the site brings with it. */
  readyModels(): Promise<readonly ReadyModel[]>;
  /** One of them by its name, fetched from the site. */
  openReadyModel(name: string): Promise<ModelSummary>;
  /** As what files a model can be saved. */
  modelFiles(model: ModelChoice): Promise<readonly ModelFile[]>;
  /** A model as a file to save; an archive of the BioImage Model Zoo says whose it is. */
  exportModel(model: ModelChoice, kind: ModelFileKind, details?: ExportDetails): Promise<NamedBlob>;
  /** What the browser's storage has. */
  storage(): Promise<StorageState>;
  /** Asks the browser to keep what it stores of this site though space is short; whether it does. Some browsers ask the user, who may take a while. */
  keepStorage(): Promise<boolean>;
}

export interface StorageState {
  /** Bytes that it holds of this site, and that there is room for beside them, where the browser says so. */
  readonly size?: { readonly used: number; readonly available: number } | undefined;
  /** False: the browser may remove it when space is short, or after long disuse. */
  readonly kept: boolean;
}

/** What networks shall run on. */
export const computings = ["webgpu", "processor"] as const;
export type Computing = (typeof computings)[number];

export interface Machine {
  /** What trains and applies networks. Absent: methods that are trained are refused with the sentence of `advice`. */
  readonly adapter?: {
    readonly name: string;
    readonly kind: "processor" | "gpu";
    /** It uses one core of several, as the page is not isolated from others. */
    readonly oneOfSeveral?: boolean;
  };
  /** Where it is no GPU: that it is slow, and which browser and which setting has one. */
  readonly advice?: string;
  /** As the user agent says: GiB of memory, where it says so. */
  readonly memoryGiB?: number;
}

export interface MethodForm extends MethodDescription {
  /** All keys; those named in `front` are shown at once, the others behind "more". */
  readonly keys: readonly KeyDescription[];
  readonly front: readonly string[];
  /** Whether it can be applied here: classical ones always, trained ones with an adapter. */
  readonly available: boolean;
}

/** A file and its path below what was dropped: `cells.zarr/0/zarr.json`, or its name alone. */
export interface DroppedFile {
  readonly path: string;
  readonly file: File;
  /** The number of the file or folder, among those given together, that it is or is of: of search results, several may have one name. */
  readonly entry?: number;
}

export interface Opened {
  readonly images: readonly OpenedImage[];
  readonly models: readonly ModelSummary[];
  readonly failures: readonly { readonly name: string; readonly sentence: string }[];
}

export interface OpenedImage {
  /** Names it in other calls. */
  readonly id: string;
  readonly name: string;
  /** Where it lies, which tells it from others of its name: its path below what was dropped, in which archive, or its address. */
  readonly where?: string;
  readonly format: string;
  readonly axes: readonly Axis[];
  readonly shape: readonly number[];
  readonly dtype: PixelType;
  readonly width: number;
  readonly height: number;
  /** Of an acquisition that was stopped, say, whose planes do not fill their axes: those axes and their extents, and of each page the plane of them that it is. `axes` has the pages as they come, along T. */
  readonly sparse?: {
    readonly axes: readonly Axis[];
    readonly shape: readonly number[];
    readonly planes: readonly number[];
  };
  /** Names of the channels, or numbers; none where there is no axis of channels. */
  readonly channels: readonly string[];
  /** What the channels are shown in, `#rrggbb`, where the file says it. */
  readonly channelColours?: readonly string[];
  readonly bytes?: number;
  /** What was read, in words: "16-bit TIFF, 3 channels, 12 z planes of 512 x 512 pixels, 0.108 um per pixel". */
  readonly summary: string;
  /** Side of a pixel, where the file says it and both sides are the same: for the scale bar. */
  readonly pixelSize?: { readonly size: number; readonly unit: string };
  /** The image of which this is another reading, with other axes; it is closed. */
  readonly insteadOf?: string;
  /** True where the file does not say what its axes are, so that the page offers other ones (`withAxes`). */
  readonly axesDoubtful?: boolean;
  /** What the file says that is not read, or what is doubtful: sentences. */
  readonly notes: readonly string[];
}

/** Indices along the axes that the image has; 0 where not given. */
export interface Place {
  readonly C?: number;
  readonly Z?: number;
  readonly T?: number;
}

export interface PlanePixels {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
  /** Of the finite pixels. */
  readonly least: number;
  readonly greatest: number;
  /** The 0.1 and 99.9 % percentiles, for the display. */
  readonly low: number;
  readonly high: number;
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A trained run of the storage, or a model that was dropped. */
export type ModelChoice = { readonly run: string } | { readonly model: string };

export interface DenoiseRequest {
  /** Chosen by the page, for `stop`. */
  readonly job: string;
  readonly image: string;
  /** The automatic choice, a classical method, or a model. */
  readonly by:
    | { readonly kind: "automatic" }
    | { readonly kind: "method"; readonly name: string }
    | ({ readonly kind: "model" } & ModelChoice);
  /** What is on the screen, for the preview. */
  readonly visible?: { readonly place: Place; readonly region: Rectangle };
  /** Of models with several passes: the map of uncertainty or scatter as well. */
  readonly uncertainty?: boolean;
  /** Of models: the image is taken in its own range of grey values, not in that of the training. */
  readonly normalization?: "image" | undefined;
}

export interface DenoiseEvents {
  onPhase(sentence: string): void;
  onWarning(sentence: string): void;
  /** The visible region is there, before the rest. */
  onPreview(pixels: PlanePixels & { readonly place: Place; readonly region: Rectangle }): void;
  onProgress(progress: JobProgress): void;
}

export interface JobProgress {
  /** From 0 to 1. */
  readonly done: number;
  readonly secondsLeft?: number;
  /** "page 3 of 12". */
  readonly text: string;
}

export interface DenoisedImage {
  /** The result, to be looked at like one that was opened. */
  readonly image: OpenedImage;
  /** In the input's format with its metadata. */
  readonly file: NamedBlob;
  /** "Gaussian blur: sigma 1.02 pixels, chosen on the image itself". */
  readonly chosen?: string;
  readonly notes: readonly string[];
  /** The trust checks of `--report`, a sentence each, and whether it stands out. */
  readonly checks: readonly { readonly sentence: string; readonly stands: "out" | "fine" }[];
  /** One file, as `clidim denoise --report` writes it. */
  readonly report?: NamedBlob;
  /** Standard deviations of the error (`uncertainty`) or between passes (`scatter`, which is no error bar). */
  readonly uncertainty?: {
    readonly image: OpenedImage;
    readonly kind: "uncertainty" | "scatter";
    readonly file: NamedBlob;
  };
  /** Its grey values are others than the model was trained on: it may be better taken in its own range (`normalization`). */
  readonly otherRange?: boolean;
  readonly seconds: number;
  /** The command line that does the same. */
  readonly command: string;
}

export interface NamedBlob {
  readonly name: string;
  readonly blob: Blob;
}

export interface TrainRequest {
  readonly job: string;
  /** A name for the run, unique in the storage; the page proposes one. */
  readonly run: string;
  readonly method: string;
  readonly preset?: string;
  /** Dotted keys with values of their kind. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly noisy: readonly string[];
  /** Clean images, one for each noisy one, for methods that need them; absent: the mean of each noisy stack. */
  readonly clean?: readonly string[];
  /** The channel to train on, see `channelWord`; images with several need one. */
  readonly channel?: string;
  readonly seed?: number;
}

export interface ValueProblem {
  /** The fields that it concerns, dotted; none where it is all of them. */
  readonly keys: readonly string[];
  readonly sentence: string;
}

export interface TrainEvents {
  onPhase(sentence: string): void;
  onWarning(sentence: string): void;
  onProgress(progress: TrainProgress): void;
  /** A fixed crop: noisy, denoised by now, clean where there is one; a PNG. */
  onPreview(png: Blob): void;
}

export interface TrainProgress {
  readonly update: number;
  readonly updates: number;
  readonly updatesPerSecond?: number;
  readonly secondsLeft?: number;
  /** At log points, means since the one before; the losses to draw are named in `shown`. */
  readonly losses?: Readonly<Record<string, number>>;
  readonly shown: readonly string[];
  /** Of the held-out crops, at log points that have them: PSNR in dB where there are clean images, else the method's own loss. */
  readonly validation?: Readonly<Record<string, number>>;
}

export interface TrainedRun {
  readonly run: StoredRun;
  /** False: it was stopped, and can go on. */
  readonly completed: boolean;
}

export interface StoredRun {
  readonly run: string;
  readonly method: string;
  readonly preset?: string;
  readonly update: number;
  readonly updates: number;
  readonly state: "finished" | "paused" | "running elsewhere" | "unreadable";
  /** Whether it can be trained further: one that is paused, or was finished early. */
  readonly goesOn: boolean;
  readonly images: readonly string[];
  /** Milliseconds since 1970. */
  readonly changed: number;
  readonly bytes: number;
  /** The log so far, for the curves. */
  readonly history: readonly TrainProgress[];
  /** Of what the model was trained on, by update: "PSNR 32.4 dB at update 900". */
  readonly best?: string;
  readonly command: string;
  /** In what the command line does otherwise. */
  readonly commandNote?: string;
  /** As of a model. */
  readonly uncertainty?: ModelSummary["uncertainty"];
}

export interface ModelSummary {
  /** Names it in other calls. */
  readonly model: string;
  readonly name: string;
  readonly method: string;
  readonly summary: string;
  /** The map that it can give beside its results; absent: none. */
  readonly uncertainty?: "uncertainty" | "scatter";
}

export interface ReadyModel {
  readonly name: string;
  readonly title: string;
  /** What it is for, and what it cannot do: sentences. */
  readonly summary: string;
}

export type ModelFileKind = "safetensors" | "onnx" | "bmz";

export interface ModelFile {
  readonly kind: ModelFileKind;
  /** Why the model cannot be one, in a sentence. */
  readonly refused?: string;
  /** Of a file that is for images of one size alone: its sides are multiples of this. */
  readonly multiple?: number;
}

export interface ExportDetails {
  readonly about?: ModelAbout;
  /** Of images of one size alone. */
  readonly size?: readonly [height: number, width: number];
}

/** What an archive of the BioImage Model Zoo wants to be told. */
export interface ModelAbout {
  /** One that `zooNames` of `@clidim/export` has. */
  readonly name: string;
  readonly author: string;
  /** An identifier of the SPDX list: "CC-BY-4.0". */
  readonly license: string;
}

/** What crosses in place of an error. */
export interface EngineError {
  readonly sentence: string;
  /** The user has stopped it. */
  readonly stopped: boolean;
  /** A mistake of the program's own; the page asks to report it. */
  readonly internal: boolean;
  /** What of the request to change, as the library calls it: "normalization". */
  readonly keys?: readonly string[];
}
