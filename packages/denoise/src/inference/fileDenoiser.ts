import type { CalibratedDenoiser, Image, IntensityCheck } from "@clidim/imaging";
import type { Channel } from "../data/axisSelection.js";
import type { NoisyPage, NoisyPlane } from "../data/noisyPlane.js";
import type { DenoisedPage } from "./denoisePasses.js";
import type { FrameStack } from "./frameStack.js";
import type { FailedFile, PlannedFile, SkippedFile } from "./planFiles.js";
import type { DenoiserRecord } from "./resultRecord.js";

export interface DenoiseProgress {
  /** Passes over pages of all files together that are denoised, in parts while tiles are done. */
  readonly done: number;
  readonly total: number;
  /** Pages and pixels that are done, in parts, and pixels of the files that are still to do. Files that fail are neither. */
  readonly pages: number;
  readonly pixels: number;
  readonly pixelsLeft: number;
  /** Passes per page; 1 unless there is an ensemble, an uncertainty, samples or more than one model. */
  readonly passes: number;
  /** The file at work, with the channel of one with several. */
  readonly file: string;
}

export interface DenoiseHooks {
  /** A file is finished: its result and what belongs to it are there. */
  readonly onDenoised?: (file: DenoisedFile) => void;
  /** A file is left out, where there are others. */
  readonly onFailed?: (file: FailedFile) => void;
  /** A file is left out because its result is there. */
  readonly onSkipped?: (file: SkippedFile) => void;
  /** Aborting it stops after the tile at hand, of a classical method after the page or a step within it, in threads at once; the function rejects with the signal's reason and leaves no unfinished file. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DenoiseProgress) => void;
  /** `file` is the one that the sentence speaks of. */
  readonly onWarning?: (sentence: string, file?: string) => void;
  /** What comes next, in a sentence, where it takes a while and no pages are done in it. */
  readonly onPhase?: (sentence: string) => void;
}

/** What became of a channel of a file with several. */
export interface DenoisedChannel {
  readonly channel: Channel;
  /** False: it was copied as it is. */
  readonly denoised: boolean;
  /** As those of a file. */
  readonly chosen?: string;
  readonly report?: string;
}

export interface DenoisedFile {
  readonly input: string;
  readonly output: string;
  readonly pages: number;
  /**
   * Pages in which nothing is to be seen, such as dropped frames, by their numbers among those of the file that are denoised: they were copied as they are. Of models that see several captures at once, those
   * of which a capture is blank: they are the mean of these.
   */
  readonly blank?: readonly number[];
  /** How many pixels of all pages are NaN or infinite: they are the same in the result, and were filled from those around them for the denoiser. */
  readonly missing?: number;
  /** What was said of it in warnings. */
  readonly notes?: readonly string[];
  /** Of a file with several, in its order; what was chosen and the reports are then theirs. */
  readonly channels?: readonly DenoisedChannel[];
  /** What was chosen on it: "Gaussian blur: sigma 1.02 pixels, chosen on the image itself". */
  readonly chosen?: string;
  /** The HTML file, where reports were asked for. */
  readonly report?: string;
  /** The map, where uncertainty was asked for: standard deviations of the error, */
  readonly uncertainty?: string;
  /** or, where the models have no calibration, between passes or models, which are no error bars. */
  readonly scatter?: string;
  /** The stack of samples, where these were asked for. */
  readonly samples?: string;
}

/** Pages that can be begun before it is their turn, so that several are at work at once. */
export interface PagesAhead {
  /** So many are at once. */
  readonly count: number;
  /** Whether a page by itself has several threads, too. */
  readonly divides: boolean;
  /** Begins a page without missing pixels; `denoise` with the same page goes on with it, and is told what was thrown. The signal ends what nobody waits for any more. */
  begin(noisy: Image & NoisyPlane, index: number, signal: AbortSignal): void;
}

/** What is made of pages, one by one. */
export interface PageDenoiser {
  /** `index` tells pages apart, `onPart` is told the passes done so far, in parts, and may throw to end them. */
  denoise(noisy: Image & NoisyPlane, index: number, onPart: (passes: number) => void): Promise<DenoisedPage>;
  /** Where it goes by parts of a page: what `denoise` makes of one without missing pixels, by bands of rows of about so many pixels, from the top. */
  bands?(
    noisy: NoisyPage,
    index: number,
    pixels: number,
    onPart: (passes: number) => void,
  ): AsyncIterable<DenoisedPage>;
}

/** Denoises the pages of one file. */
export interface FileDenoiser extends PageDenoiser {
  /** Where several pages can be at work at once. */
  readonly ahead?: PagesAhead;
  /** How the file's grey values compare with those of the training data, where they were compared. */
  readonly range?: IntensityCheck;
  /** What the map of uncertainty or scatter tells, in a sentence, where it was asked for. */
  readonly map?: string;
  /** What the results are a mean with, in a sentence, where they are one. */
  readonly blend?: string;
  /** The record of the result, where the file itself decides it. */
  readonly record?: DenoiserRecord;
  /** What was chosen on the file itself. */
  readonly calibrated?: CalibratedDenoiser;
  /** What denoises the file in its place after such an error, and says it; undefined where nothing does. */
  instead?(error: unknown): FileDenoiser | undefined;
  /** One of the signals of each page in place of its result, counted from 0; where samples were asked for. */
  sample?(sample: number): PageDenoiser;
  /** What was noticed of the pages that it has denoised, in a sentence. */
  remark?(): string | undefined;
}

/** What denoises files: models or a classical method. */
export interface FilesDenoiser {
  /** Passes over each page. */
  readonly passes: number;
  /** How many captures of an image are seen at once; default 1. */
  readonly frames?: number;
  /** Of models: the channels that they were trained on, where these were chosen among several. */
  readonly trainedOn?: readonly Channel[];
  /** Once, before anything is written for them. */
  start(files: readonly PlannedFile[], hooks: DenoiseHooks): Promise<FileStart>;
}

/**
 * Gets ready for a file, or a channel of one, which is open, before anything is written for it. `normalization` is the one where none was asked for, of models whose training has
 * none of its own. An `InputError` where it cannot be denoised.
 */
export type FileStart = (
  input: FrameStack,
  hooks: DenoiseHooks,
  normalization: "model" | "image",
  channel: Channel,
) => Promise<FileDenoiser>;
