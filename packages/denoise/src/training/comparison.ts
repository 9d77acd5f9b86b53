import type { Plane } from "@clidim/imaging";
import { z } from "zod";
import { applyPage } from "../inference/applyPage.js";
import { searchBest } from "../inference/searchBest.js";
import type { Plain } from "../protocol/configurationSpace.js";
import { type ClassicalMethod, methodId } from "../protocol/method.js";
import { fittedParameters } from "./fittedParameters.js";
import { type ImageFigures, psnrSchema } from "./metricsLog.js";
import type { TrainHooks } from "./trainHooks.js";
import { allCropMetrics, type ValidationCrop } from "./validation.js";

/** Mean figures on the validation crops. */
export interface ComparedFigures extends ImageFigures {
  /** dB, after an affine fit of grey values; absent in manifests that were written before it was taken. */
  readonly siPsnr?: number | undefined;
}

/** A classical method on the validation crops. */
export interface ComparedMethod extends ComparedFigures {
  /** `name@version`. */
  readonly method: string;
  readonly title: string;
  /** Parameters in words. */
  readonly chosen: string;
  /** What its parameters were chosen by: the clean images, which nobody has who needs a denoiser, or the noisy ones themselves. */
  readonly by: "clean" | "noisy";
}

/** The model that is kept beside what needs no training, on the validation crops. */
export interface Comparison {
  readonly noisy: ComparedFigures;
  readonly model: ComparedFigures;
  readonly classical: readonly ComparedMethod[];
  /** Where the model has no higher PSNR than all of them, the best of them in a sentence. */
  readonly notBetter?: string | undefined;
}

const figures = { psnr: psnrSchema, ssim: z.number(), siPsnr: psnrSchema.optional() };

export const comparisonSchema: z.ZodType<Comparison> = z.object({
  noisy: z.object(figures),
  model: z.object(figures),
  classical: z.array(
    z.object({
      method: z.string(),
      title: z.string(),
      chosen: z.string(),
      by: z.enum(["clean", "noisy"]),
      ...figures,
    }),
  ),
  notBetter: z.string().optional(),
});

/**
 * Mean PSNR, SI-PSNR and SSIM of predictions, of the noisy crops, and of classical methods: of those that are not slow with the parameters that suit the clean images best, and of all with those that they choose by
 * themselves. Methods that need larger crops are left out, as are, which is said, those that find nothing on the noisy ones to choose by.
 */
export async function compareWithClassical(
  predictions: readonly Plane[],
  crops: readonly ValidationCrop[],
  baselines: readonly ClassicalMethod[],
  { signal, onPhase, onWarning }: Pick<TrainHooks, "signal" | "onPhase" | "onWarning">,
): Promise<Comparison> {
  const noisyPages = crops.map(({ noisy }) => noisy);
  const pairs = crops.flatMap(({ noisy, clean }) => (clean ? [{ noisy, clean }] : []));
  const smallest = Math.min(...noisyPages.flatMap(({ width, height }) => [width, height]));
  const classical: ComparedMethod[] = [];
  const fitting = baselines.filter((method) => method.smallest <= smallest);
  if (fitting.length > 0) {
    onPhase?.(`Comparing with ${fitting.map(({ title }) => title).join(", ")}`);
  }
  for (const method of fitting) {
    const measured = async (parameters: Plain, by: ComparedMethod["by"]): Promise<ComparedMethod> => {
      const pages: Plane[] = [];
      for (const page of noisyPages) {
        pages.push(await applyPage(method, page, parameters, signal));
      }
      const chosen = method.describe(parameters);
      return { method: methodId(method), title: method.title, chosen, by, ...comparedFigures(pages, crops) };
    };
    const fitted = await fittedParameters(method, crops, signal);
    if ("lacking" in fitted) {
      onWarning?.(`the model is not compared with ${method.title}: ${fitted.lacking}`);
      continue;
    }
    if (!method.slow) classical.push(await measured(await searchBest(method, pairs, { signal }), "clean"));
    classical.push(await measured(fitted.parameters, "noisy"));
  }
  const model = comparedFigures(predictions, crops);
  const notBetter = sentenceOf(model, classical);
  return {
    noisy: comparedFigures(noisyPages, crops),
    model,
    classical,
    ...(notBetter !== undefined && { notBetter }),
  };
}

function comparedFigures(pages: readonly Plane[], crops: readonly ValidationCrop[]): ComparedFigures {
  const { psnr, siPsnr, ssim } = allCropMetrics(pages, crops);
  return { psnr, siPsnr, ssim };
}

function sentenceOf(model: ImageFigures, classical: readonly ComparedMethod[]): string | undefined {
  const best = classical.toSorted((a, b) => b.psnr - a.psnr)[0];
  if (!best || model.psnr > best.psnr) return undefined;
  const how =
    best.by === "clean"
      ? "chosen by looking at the clean images"
      : "which needs no training and no clean image";
  return `The model is not better than ${best.title} (${best.chosen}), ${how}: ${model.psnr.toFixed(2)} dB against ${best.psnr.toFixed(2)} dB`;
}
