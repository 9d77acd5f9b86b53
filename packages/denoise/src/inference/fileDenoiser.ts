import type { CalibratedDenoiser, Image, IntensityCheck, LazyStack } from "@clidim/imaging";
import type { DenoisedPage } from "./denoisePasses.js";

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
  /** Aborting it stops after the tile at hand, of a classical method after the page; the function rejects with the signal's reason and leaves no unfinished file. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DenoiseProgress) => void;
  readonly onWarning?: (sentence: string) => void;
  /** What comes next, in a sentence, where it takes a while and no pages are done in it. */
  readonly onPhase?: (sentence: string) => void;
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
export interface FilesDenoiser<P> {
  /** Passes over each page. */
  readonly passes: number;
  /** What is to be known of a file beforehand. `InputError`s of files that cannot be denoised: all are prepared before anything is written. */
  prepare(input: LazyStack, hooks: DenoiseHooks): Promise<P>;
  /** Once, when all files are prepared, before anything is written. */
  start(): Promise<(input: LazyStack, preparation: P, hooks: DenoiseHooks) => Promise<FileDenoiser>>;
}
