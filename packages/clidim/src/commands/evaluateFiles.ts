import {
  type FurtherMetrics,
  furtherMetrics,
  InputError,
  type MetricIntervals,
  meanMetrics,
  metricIntervals,
  type PageMetrics,
  type Plane,
  pageMetrics,
  sizeText,
} from "@clidim/imaging";
import { type BestBlur, bestGaussianBlur } from "../classical/bestGaussianBlur.js";
import { type BestStrength, bestNonLocalMeans, bestTotalVariation } from "../classical/bestStabilized.js";
import { type EvaluationScene, readEvaluation } from "../files/pairing.js";

export interface EvaluateOptions {
  /** Paths with optional page ranges, as for training. */
  readonly prediction: readonly string[];
  readonly clean: readonly string[];
  /** The noisy images that the predictions were made from, one file for each. */
  readonly noisy?: readonly string[];
  /** Adds `FurtherMetrics` of the predictions: SI-PSNR, variants of SSIM and NRMSE, and what the authors' released code prints. */
  readonly further?: boolean;
  /** Adds non-local means and total variation beside the best blur (see `bestNonLocalMeans`), which takes seconds to minutes; needs `noisy`. */
  readonly baselines?: boolean;
}

/** How much better the prediction is than the noisy page: dB, and differences of SSIM and NRMSE (negative is better). */
export type Gain = PageMetrics;

export interface EvaluatedPage {
  readonly file: string;
  /** Position in the file's selection. */
  readonly page: number;
  readonly prediction: PageMetrics;
  readonly further?: FurtherMetrics;
  readonly noisy?: PageMetrics;
  readonly gain?: Gain;
}

/** A classical denoiser, and the gain in dB of its PSNR over that of the noisy pages. */
export type Baseline<Best> = Best & { readonly gain: number };

export interface Evaluation {
  readonly pages: readonly EvaluatedPage[];
  readonly mean: Omit<EvaluatedPage, "file" | "page">;
  /** Where the means of the prediction's metrics lie with 95 % confidence, were the pages independent; with two pages or more. */
  readonly interval?: MetricIntervals<PageMetrics>;
  /** The best Gaussian blur of the noisy pages, its width chosen by looking at the truth; where the noisy pages are given. */
  readonly bestBlur?: Baseline<BestBlur>;
  /** Likewise, where baselines were asked for. */
  readonly bestNonLocalMeans?: Baseline<BestStrength>;
  readonly bestTotalVariation?: Baseline<BestStrength>;
}

function gainOf(prediction: PageMetrics, noisy: PageMetrics): Gain {
  return {
    psnr: prediction.psnr - noisy.psnr,
    ssim: prediction.ssim - noisy.ssim,
    nrmse: prediction.nrmse - noisy.nrmse,
  };
}

/** The windows of SSIM are 7 pixels wide, that of its Gaussian variant 11; `estimateNoise` needs 16. */
function smallestPage({ further, baselines }: Pick<EvaluateOptions, "further" | "baselines">): {
  readonly pixels: number;
  readonly reason: string;
} {
  if (baselines) return { pixels: 16, reason: "what the noise is estimated from" };
  return further
    ? { pixels: 11, reason: "the window of the Gaussian SSIM" }
    : { pixels: 7, reason: "the window of SSIM" };
}

/**
 * PSNR (peak = max - min of the clean page), SSIM (scikit-image's default) and NRMSE (min-max) of every page, their means and confidence intervals; with the
 * noisy pages also theirs, the gain, and the best Gaussian blur for comparison. `InputError`s as `readEvaluation`.
 */
export async function evaluateFiles({
  prediction,
  clean,
  noisy,
  ...options
}: EvaluateOptions): Promise<Evaluation> {
  if (options.baselines && !noisy) {
    throw new InputError("baselines are made from the noisy images; give them as well (--noisy)");
  }
  return evaluateScenes(await readEvaluation(prediction, clean, noisy), options);
}

export function evaluateScenes(
  scenes: readonly EvaluationScene[],
  options: Pick<EvaluateOptions, "further" | "baselines"> = {},
): Evaluation {
  const smallest = smallestPage(options);
  const pages: EvaluatedPage[] = [];
  const before: { noisy: Plane; clean: Plane }[] = [];
  for (const { name, prediction, clean, noisy } of scenes) {
    if (prediction.width < smallest.pixels || prediction.height < smallest.pixels) {
      throw new InputError(
        `${name} is ${sizeText(prediction)} pixels; expected at least ${smallest.pixels} x ${smallest.pixels}, ${smallest.reason}`,
      );
    }
    prediction.pages.forEach((page, i) => {
      const truth = clean[clean.length === 1 ? 0 : i]!;
      const metrics = pageMetrics(page, truth);
      const noisyPage = noisy?.pages[i];
      if (noisyPage) before.push({ noisy: noisyPage, clean: truth });
      const noisyMetrics = noisyPage && pageMetrics(noisyPage, truth);
      pages.push({
        file: name,
        page: i,
        prediction: metrics,
        ...(options.further && { further: furtherMetrics(page, truth) }),
        ...(noisyMetrics && { noisy: noisyMetrics, gain: gainOf(metrics, noisyMetrics) }),
      });
    });
  }
  const mean = meanMetrics(pages.map((page) => page.prediction));
  const results = {
    pages,
    ...(pages.length > 1 && { interval: metricIntervals(pages.map((page) => page.prediction)) }),
  };
  const means = {
    prediction: mean,
    ...(options.further && { further: meanMetrics(pages.flatMap((page) => page.further ?? [])) }),
  };
  if (before.length === 0) return { ...results, mean: means };
  const noisyMean = meanMetrics(pages.flatMap((page) => page.noisy ?? []));
  const baseline = <Best extends { readonly psnr: number }>(
    best: (noisy: readonly Plane[], clean: readonly Plane[]) => Best,
  ): Baseline<Best> => {
    const found = best(
      before.map((pair) => pair.noisy),
      before.map((pair) => pair.clean),
    );
    return { ...found, gain: found.psnr - noisyMean.psnr };
  };
  return {
    ...results,
    mean: { ...means, noisy: noisyMean, gain: gainOf(mean, noisyMean) },
    bestBlur: baseline(bestGaussianBlur),
    ...(options.baselines && {
      bestNonLocalMeans: baseline(bestNonLocalMeans),
      bestTotalVariation: baseline(bestTotalVariation),
    }),
  };
}
