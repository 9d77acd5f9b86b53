import {
  evenlySpread,
  type FurtherMetrics,
  fluxDifference,
  furtherMetrics,
  InputError,
  type MetricIntervals,
  meanMetrics,
  metricIntervals,
  type PageMetrics,
  type Plane,
  pageMetrics,
  psnr,
  siPsnr,
  sizeText,
  ssim,
} from "@clidim/imaging";
import { atomicWrite } from "@clidim/imaging/node";
import { type EvaluationScene, type ImageAxes, openEvaluation } from "../data/pairing.js";
import { StackFiles } from "../data/stackFiles.js";
import type { MethodThreads } from "../inference/methodThreads.js";
import type { ClassicalMethod } from "../protocol/method.js";
import { type AppliedClassical, applyClassical } from "./applyClassical.js";
import { checkEvaluation } from "./checkEvaluation.js";
import { checkReportPlace, evaluationReport, type ShownPage } from "./evaluationReport.js";
import type { Exhibit } from "./exhibits.js";

/** A file of several channels is refused unless one is chosen. */
export interface EvaluateOptions extends ImageAxes {
  /** Paths with optional page ranges, as for training. */
  readonly prediction: readonly string[];
  readonly clean: readonly string[];
  /** The noisy images that the predictions were made from, one file for each. */
  readonly noisy?: readonly string[];
  /** Adds `FurtherMetrics` of the predictions: variants of SSIM and NRMSE, and what the authors' released code prints. */
  readonly further?: boolean;
  /** Methods to compare with, where the noisy images are given; their parameters are chosen by looking at the clean ones. */
  readonly baselines?: readonly ClassicalMethod[];
  /** Where these methods do their work, several pages at once; default: in the calling thread. The results are the same. */
  readonly threads?: MethodThreads;
  /** Judges pages that do not belong together, see `checkEvaluation`. Default false. */
  readonly force?: boolean;
  /**
   * Writes a report to look at, one HTML file of this path: the tables, and of up to eight pages, evenly spread, crops of all that was made of them, residuals and errors. An earlier report is replaced; any other file
   * is refused.
   */
  readonly report?: string;
  /** What is to be known of the images beside the figures, such as that units were converted. */
  readonly onWarning?: (sentence: string) => void;
  readonly onProgress?: (progress: EvaluationProgress) => void;
  /** How far the methods to compare with are, which begin when all pages are judged. */
  readonly onBaseline?: (progress: BaselineProgress) => void;
  /** Told of the figures before the report is written, so that they are not lost where that cannot be. */
  readonly onEvaluated?: (evaluation: Evaluation) => void;
  readonly signal?: AbortSignal;
}

/** The most pages that a report shows. */
const SHOWN_PAGES = 8;

/** How far an evaluation is. */
export interface EvaluationProgress {
  /** Pages and pixels that are done, and that are still to do. */
  readonly pages: number;
  readonly pagesLeft: number;
  readonly pixels: number;
  readonly pixelsLeft: number;
  /** The file at work. */
  readonly file: string;
}

/** How far the methods to compare with are. */
export interface BaselineProgress {
  /** The method at work. */
  readonly title: string;
  /** Methods that are done, and all of them. */
  readonly done: number;
  readonly count: number;
  /** Pages that this one has denoised, in parts; 0 while its parameters are chosen. */
  readonly pages: number;
}

/** How much better the prediction is than the noisy page: dB of PSNR and SI-PSNR, and differences of SSIM and NRMSE (negative is better). */
export type Gain = PageMetrics;

/** Relative differences of the mean grey value, see `fluxDifference`. */
export interface FluxDifferences {
  /** To that of the clean page: what is wrong with the brightness, and what has changed between a capture and the clean image. */
  readonly clean: number;
  /** To that of the noisy page: what the denoiser has changed. */
  readonly noisy?: number;
}

export interface EvaluatedPage {
  readonly file: string;
  /** Position in the file's selection. */
  readonly page: number;
  readonly prediction: PageMetrics;
  readonly flux: FluxDifferences;
  readonly further?: FurtherMetrics;
  readonly noisy?: PageMetrics;
  readonly gain?: Gain;
}

/** A classical method with the parameters that are best for the mean PSNR, and its mean metrics over the pages. */
export interface Baseline {
  /** The method's name. */
  readonly method: string;
  readonly title: string;
  /** "sigma 1.02 pixels". */
  readonly chosen: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** dB, peak = max - min of the clean page. */
  readonly psnr: number;
  /** dB, after an affine fit of grey values. */
  readonly siPsnr: number;
  readonly ssim: number;
  readonly flux: Required<FluxDifferences>;
  /** dB over the PSNR of the noisy pages. */
  readonly gain: number;
}

export interface Evaluation {
  readonly pages: readonly EvaluatedPage[];
  readonly mean: Omit<EvaluatedPage, "file" | "page">;
  /** Where the means of the prediction's metrics lie with 95 % confidence, were the pages independent; with two pages or more. */
  readonly interval?: MetricIntervals<PageMetrics>;
  /** In the order given; where the noisy pages are given. */
  readonly baselines?: readonly Baseline[];
}

function gainOf(prediction: PageMetrics, noisy: PageMetrics): Gain {
  return {
    psnr: prediction.psnr - noisy.psnr,
    ssim: prediction.ssim - noisy.ssim,
    nrmse: prediction.nrmse - noisy.nrmse,
    siPsnr: prediction.siPsnr - noisy.siPsnr,
  };
}

/** The windows of SSIM are 7 pixels wide, that of its Gaussian variant 11; methods need what they need. */
function smallestPage({ further, baselines = [] }: Pick<EvaluateOptions, "further" | "baselines">): {
  readonly pixels: number;
  readonly reason: string;
} {
  const needs = [
    further
      ? { pixels: 11, reason: "the window of the Gaussian SSIM" }
      : { pixels: 7, reason: "the window of SSIM" },
    ...baselines.map(({ smallest, title }) => ({ pixels: smallest, reason: `what ${title} needs` })),
  ];
  return needs.reduce((most, need) => (need.pixels > most.pixels ? need : most));
}

/**
 * PSNR (peak = max - min of the clean page), the same after an affine fit, SSIM (scikit-image's default), NRMSE (min-max) and flux of every page, their means and confidence intervals; with the
 * noisy pages also theirs, the gain, and classical methods for comparison. Pages are read one by one; with baselines, all noisy and clean ones are held. Pages of
 * other units are converted. `InputError`s as `openEvaluation` and `checkEvaluation`, and where something else than a report is at the report's place.
 */
export async function evaluateFiles({
  prediction,
  clean,
  noisy,
  channel,
  z,
  t,
  nodata,
  captures,
  ...options
}: EvaluateOptions): Promise<Evaluation> {
  if (options.baselines?.some(({ slow }) => slow) && !noisy) {
    throw new InputError("baselines are made from the noisy images; give them as well", { keys: ["noisy"] });
  }
  if (options.report !== undefined) await checkReportPlace(options.report);
  const files = new StackFiles();
  try {
    const axes = { channel, z, t, nodata, captures };
    const scenes = await openEvaluation(prediction, clean, noisy, files, axes, options.onWarning);
    const checked = await checkEvaluation(scenes, options);
    const shown: ShownPage[] = [];
    const onShown = (page: ShownPage): unknown => shown.push(page);
    const { report, onEvaluated } = options;
    const evaluation = await evaluateScenes(checked, {
      ...options,
      ...(report !== undefined && { onShown }),
    });
    onEvaluated?.(evaluation);
    if (report !== undefined) await atomicWrite(report, evaluationReport(evaluation, shown));
    return evaluation;
  } finally {
    await files.close();
  }
}

/**
 * `evaluateFiles` of pages that are in memory. `InputError`s: pages that are smaller than a window of the metrics, baselines without noisy pages.
 */
export async function evaluateScenes(
  scenes: readonly EvaluationScene[],
  options: Pick<
    EvaluateOptions,
    "further" | "baselines" | "threads" | "signal" | "onProgress" | "onBaseline"
  > & {
    /** Is given up to eight pages, evenly spread, at the end. */
    readonly onShown?: (page: ShownPage) => void;
  } = {},
): Promise<Evaluation> {
  const smallest = smallestPage(options);
  let [pagesLeft, pixelsLeft, pixels] = [0, 0, 0];
  for (const { prediction } of scenes) {
    pagesLeft += prediction.pages.length;
    pixelsLeft += prediction.pages.length * prediction.width * prediction.height;
  }
  const pages: EvaluatedPage[] = [];
  const before: { noisy: Plane; clean: Plane }[] = [];
  const shown = new Map<number, ShownPage & { exhibits: Exhibit[] }>();
  const positions = new Set(options.onShown && evenlySpread(Math.min(SHOWN_PAGES, pagesLeft), pagesLeft));
  const { baselines: classical = [] } = options;
  for (const { name, prediction, clean, noisy } of scenes) {
    if (prediction.width < smallest.pixels || prediction.height < smallest.pixels) {
      throw new InputError(
        `${name} is ${sizeText(prediction)} pixels; expected at least ${smallest.pixels} x ${smallest.pixels}, ${smallest.reason}`,
      );
    }
    for (const [i, predicted] of prediction.pages.entries()) {
      options.signal?.throwIfAborted();
      const page = await predicted.read();
      const truth = await clean[clean.length === 1 ? 0 : i]!.read();
      const metrics = pageMetrics(page, truth);
      const noisyPage = await noisy?.pages[i]?.read();
      if (noisyPage && classical.length > 0) before.push({ noisy: noisyPage, clean: truth });
      const noisyMetrics = noisyPage && pageMetrics(noisyPage, truth);
      if (positions.has(pages.length)) {
        shown.set(pages.length, {
          ...{ file: name, page: i, clean: truth, ...(noisyPage && { noisy: noisyPage }) },
          exhibits: [exhibitOf("denoised", page, truth)],
        });
      }
      pages.push({
        file: name,
        page: i,
        prediction: metrics,
        flux: {
          clean: fluxDifference(page, truth),
          ...(noisyPage && { noisy: fluxDifference(page, noisyPage) }),
        },
        ...(options.further && { further: furtherMetrics(page, truth) }),
        ...(noisyMetrics && { noisy: noisyMetrics, gain: gainOf(metrics, noisyMetrics) }),
      });
      pagesLeft--;
      pixels += page.data.length;
      pixelsLeft -= page.data.length;
      options.onProgress?.({ pages: pages.length, pagesLeft, pixels, pixelsLeft, file: name });
    }
  }
  const evaluation = summarised(pages, options.further ?? false);
  const baselines: Baseline[] = [];
  for (const method of evaluation.mean.noisy ? classical : []) {
    const progress = { title: method.title, done: baselines.length, count: classical.length };
    const applied = await applyClassical(method, before, {
      signal: options.signal,
      threads: options.threads,
      onPages: (done) => options.onBaseline?.({ ...progress, pages: done }),
    });
    baselines.push(baselineOf(method, applied, before, evaluation.mean.noisy!.psnr));
    for (const [position, { clean, exhibits }] of shown) {
      exhibits.push(exhibitOf(method.title, applied.predictions[position]!, clean));
    }
  }
  for (const page of shown.values()) options.onShown?.(page);
  return { ...evaluation, ...(evaluation.mean.noisy && { baselines }) };
}

function exhibitOf(name: string, page: Plane, truth: Plane): Exhibit {
  const decibels = psnr(page, truth);
  return { name, page, psnr: Number.isFinite(decibels) ? decibels : null };
}

/** The pages with their means, and intervals where there are several. */
function summarised(pages: readonly EvaluatedPage[], further: boolean): Evaluation {
  const mean = meanMetrics(pages.map((page) => page.prediction));
  const againstNoisy = pages.flatMap(({ flux }) => flux.noisy ?? []);
  const noisy = pages.flatMap((page) => page.noisy ?? []);
  const noisyMean = noisy.length > 0 ? meanMetrics(noisy) : undefined;
  return {
    pages,
    ...(pages.length > 1 && { interval: metricIntervals(pages.map((page) => page.prediction)) }),
    mean: {
      prediction: mean,
      flux: {
        clean: meanOf(pages.map(({ flux }) => flux.clean)),
        ...(againstNoisy.length > 0 && { noisy: meanOf(againstNoisy) }),
      },
      ...(further && { further: meanMetrics(pages.flatMap((page) => page.further ?? [])) }),
      ...(noisyMean && { noisy: noisyMean, gain: gainOf(mean, noisyMean) }),
    },
  };
}

function baselineOf(
  { name, title }: ClassicalMethod,
  { parameters, chosen, predictions }: AppliedClassical,
  pairs: readonly { readonly noisy: Plane; readonly clean: Plane }[],
  noisyPsnr: number,
): Baseline {
  const against = (page: "clean" | "noisy", metric: (prediction: Plane, other: Plane) => number): number =>
    meanOf(predictions.map((prediction, i) => metric(prediction, pairs[i]![page])));
  const decibels = against("clean", psnr);
  return {
    method: name,
    title,
    chosen,
    parameters,
    psnr: decibels,
    siPsnr: against("clean", siPsnr),
    ssim: against("clean", ssim),
    flux: { clean: against("clean", fluxDifference), noisy: against("noisy", fluxDifference) },
    gain: decibels - noisyPsnr,
  };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
