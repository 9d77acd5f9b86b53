import { type BestBlur, bestGaussianBlur } from "../classical/bestGaussianBlur.js";
import { type EvaluationScene, readEvaluation } from "../files/pairing.js";
import { type Plane, sizeText } from "../image/image.js";
import { InputError } from "../image/inputError.js";
import { meanMetrics, type PageMetrics, pageMetrics } from "../metrics/evaluatePages.js";

export interface EvaluateOptions {
  /** Paths with optional page ranges, as for training. */
  readonly prediction: readonly string[];
  readonly clean: readonly string[];
  /** The noisy images that the predictions were made from, one file for each. */
  readonly noisy?: readonly string[];
}

/** How much better the prediction is than the noisy page: dB, and differences of SSIM and NRMSE (negative is better). */
export type Gain = PageMetrics;

export interface EvaluatedPage {
  readonly file: string;
  /** Position in the file's selection. */
  readonly page: number;
  readonly prediction: PageMetrics;
  readonly noisy?: PageMetrics;
  readonly gain?: Gain;
}

export interface Evaluation {
  readonly pages: readonly EvaluatedPage[];
  readonly mean: Omit<EvaluatedPage, "file" | "page">;
  /** The best Gaussian blur of the noisy pages, its width chosen by looking at the truth; where the noisy pages are given. */
  readonly bestBlur?: BestBlur & { readonly gain: number };
}

function gainOf(prediction: PageMetrics, noisy: PageMetrics): Gain {
  return {
    psnr: prediction.psnr - noisy.psnr,
    ssim: prediction.ssim - noisy.ssim,
    nrmse: prediction.nrmse - noisy.nrmse,
  };
}

/** The SSIM window is 7 pixels wide. */
const smallest = 7;

/**
 * PSNR (peak = max - min of the clean page), SSIM (scikit-image's default) and NRMSE (min-max) of every page and their means; with the
 * noisy pages also theirs, the gain, and the best Gaussian blur for comparison. `InputError`s as `readEvaluation`.
 */
export async function evaluateFiles({ prediction, clean, noisy }: EvaluateOptions): Promise<Evaluation> {
  return evaluateScenes(await readEvaluation(prediction, clean, noisy));
}

export function evaluateScenes(scenes: readonly EvaluationScene[]): Evaluation {
  const pages: EvaluatedPage[] = [];
  const blurred: { noisy: Plane; clean: Plane }[] = [];
  for (const { name, prediction, clean, noisy } of scenes) {
    if (prediction.width < smallest || prediction.height < smallest) {
      throw new InputError(
        `${name} is ${sizeText(prediction)} pixels; expected at least ${smallest} x ${smallest}, the window of SSIM`,
      );
    }
    prediction.pages.forEach((page, i) => {
      const truth = clean[clean.length === 1 ? 0 : i]!;
      const metrics = pageMetrics(page, truth);
      const before = noisy?.pages[i];
      if (!before) {
        pages.push({ file: name, page: i, prediction: metrics });
        return;
      }
      const noisyMetrics = pageMetrics(before, truth);
      blurred.push({ noisy: before, clean: truth });
      pages.push({
        file: name,
        page: i,
        prediction: metrics,
        noisy: noisyMetrics,
        gain: gainOf(metrics, noisyMetrics),
      });
    });
  }
  const mean = meanMetrics(pages.map((page) => page.prediction));
  if (blurred.length === 0) return { pages, mean: { prediction: mean } };
  const noisyMean = meanMetrics(pages.flatMap((page) => page.noisy ?? []));
  const blur = bestGaussianBlur(
    blurred.map((pair) => pair.noisy),
    blurred.map((pair) => pair.clean),
  );
  return {
    pages,
    mean: { prediction: mean, noisy: noisyMean, gain: gainOf(mean, noisyMean) },
    bestBlur: { ...blur, gain: blur.psnr - noisyMean.psnr },
  };
}
