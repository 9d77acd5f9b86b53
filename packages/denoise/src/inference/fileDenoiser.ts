import type { CalibratedDenoiser, Image, IntensityCheck, LazyStack } from "@clidim/imaging";
import type { DenoisedPage } from "./denoisePasses.js";
import type { FailedFile, SkippedFile } from "./planFiles.js";

export interface DenoiseProgress {
  /** Passes over pages of all files together, in parts while tiles are done. */
  readonly done: number;
  readonly total: number;
  /** Passes per page; 1 unless there is an ensemble, an uncertainty or more than one model. */
  readonly passes: number;
  /** The file at work. */
  readonly file: string;
}

export interface DenoiseHooks {
  /** A file is finished: its result and what belongs to it are there. */
  readonly onDenoised?: (file: DenoisedFile) => void;
  /** A file is left out, where there are others. */
  readonly onFailed?: (file: FailedFile) => void;
  /** A file is left out because its result is there. */
  readonly onSkipped?: (file: SkippedFile) => void;
  /** Aborting it stops after the tile at hand, of a classical method after the page; the function rejects with the signal's reason and leaves no unfinished file. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DenoiseProgress) => void;
  readonly onWarning?: (sentence: string) => void;
  /** What comes next, in a sentence, where it takes a while and no pages are done in it. */
  readonly onPhase?: (sentence: string) => void;
}

export interface DenoisedFile {
  readonly input: string;
  readonly output: string;
  readonly pages: number;
  /** What a classical method chose: "Gaussian blur: sigma 1.02 pixels, chosen on the image itself". */
  readonly chosen?: string;
  /** The HTML file, where reports were asked for. */
  readonly report?: string;
  /** The map, where uncertainty was asked for. */
  readonly uncertainty?: string;
}

/** Denoises the pages of one file. */
export interface FileDenoiser {
  /** How the file's grey values compare with those of the training data, where they were compared. */
  readonly range?: IntensityCheck;
  /** What was chosen on the file itself, of a classical method. */
  readonly calibrated?: CalibratedDenoiser;
  /** `index` tells pages apart, `onPart` is told the passes done so far, in parts, and may throw to end them. */
  denoise(noisy: Image, index: number, onPart: (passes: number) => void): Promise<DenoisedPage>;
}

/** What denoises files: models or a classical method. */
export interface FilesDenoiser {
  /** Passes over each page. */
  readonly passes: number;
  /** Once, before anything is written. */
  start(): Promise<FileStart>;
}

/** Gets ready for a file, which is open, before anything is written for it. An `InputError` where it cannot be denoised. */
export type FileStart = (input: LazyStack, hooks: DenoiseHooks) => Promise<FileDenoiser>;
