import type { Plane } from "@clidim/imaging";
import { blendedValues, classicalPage, isLargeEnough } from "../inference/blend.js";
import { type BlendedPage, blendWeight } from "../model/blendWeight.js";
import type { ModelBlend } from "../model/modelBlend.js";
import type { Plain } from "../protocol/configurationSpace.js";
import { type ClassicalMethod, methodId } from "../protocol/method.js";
import { fittedParameters } from "./fittedParameters.js";
import type { TrainingSession } from "./trainingSession.js";
import type { ValidationCrop } from "./validation.js";

/** What a network's results on the validation crops, all of which have clean images, are best a mean with, and the crops by that method with parameters that it has chosen on the noisy ones. */
async function fitBlend(
  method: ClassicalMethod,
  parameters: Plain,
  crops: readonly ValidationCrop[],
  predictions: readonly Plane[],
): Promise<{ readonly blend: ModelBlend; readonly classical: readonly Plane[] }> {
  const pages: BlendedPage[] = [];
  const results: Plane[] = [];
  for (const [i, { name, noisy, clean }] of crops.entries()) {
    if (!clean) throw new Error(`fitBlend: ${name} has no clean page`);
    const classical = await classicalPage(noisy, { method, parameters });
    results.push(classical);
    pages.push({ network: predictions[i]!, classical, clean });
  }
  return {
    blend: { method: methodId(method), parameters, ...blendWeight(pages), pages: pages.length },
    classical: results,
  };
}

/**
 * The results of a model on the validation crops from those of its network, and what they are a mean with where there is to be such a mean; where its weight cannot be found, it is the network alone, which is said. `judged`: all crops
 * have clean images, and were held out.
 */
export async function withBlend(
  { blended, crops, hooks }: Pick<TrainingSession, "blended" | "crops" | "hooks">,
  judged: boolean,
  predictions: readonly Plane[],
): Promise<{ readonly blend?: ModelBlend; readonly results: readonly Plane[] }> {
  if (!blended) return { results: predictions };
  const { title, smallest } = blended;
  const without = (lacking: string): { readonly results: readonly Plane[] } => {
    hooks.onWarning?.(`results are the network's alone, without ${title} (key blend): ${lacking}`);
    return { results: predictions };
  };
  if (!judged || !crops.every(({ noisy }) => isLargeEnough(blended, noisy))) {
    const lacking = judged
      ? `those held out are below the ${smallest} x ${smallest} pixels that it needs`
      : "no image with a clean one is held out";
    return without(`how much of it serves is found on held-out images with clean ones, and ${lacking}`);
  }
  hooks.onPhase?.(`Finding how much of ${title} the results are best a mean with`);
  const fitted = await fittedParameters(blended, crops, undefined);
  if ("lacking" in fitted) return without(fitted.lacking);
  const { blend, classical } = await fitBlend(blended, fitted.parameters, crops, predictions);
  if (blend.weight === 0) return { blend, results: predictions };
  return {
    blend,
    results: predictions.map((page, i) => ({
      ...page,
      data: blendedValues(page.data, classical[i]!.data, blend.weight),
    })),
  };
}
