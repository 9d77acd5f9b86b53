import type { Plane } from "@clidim/imaging";
import { blendedValues, classicalPage, isLargeEnough } from "../inference/blend.js";
import { interruptible } from "../inference/interruptible.js";
import { MOST_BLENDED, type ModelBlend } from "../model/modelBlend.js";
import { type ClassicalMethod, methodId } from "../protocol/method.js";
import type { TrainingSession } from "./trainingSession.js";
import type { ValidationCrop } from "./validation.js";

/** A held-out image by the network and by a method without training, in grey values. */
export interface BlendedPage {
  readonly network: Plane;
  readonly classical: Plane;
  readonly clean: Plane;
}

/**
 * The weight w of a method without training in a mean with a network: that which leaves least of the squared error `|clean - (1 - w) network - w classical|^2`, of each page in parts of the network's own, so that pages count alike
 * whatever their brightness, as they do in a mean of decibels. In closed form, with those parts: `w = <clean - network, classical - network> / |classical - network|^2`, from 0 to `MOST_BLENDED`. `error` is what is left, in parts of the network's.
 */
export function blendWeight(pages: readonly BlendedPage[]): Pick<ModelBlend, "weight" | "error"> {
  const parts = pages.flatMap(({ network, classical, clean }) => {
    let [own, product, square] = [0, 0, 0];
    for (let i = 0; i < clean.data.length; i++) {
      const error = clean.data[i]! - network.data[i]!;
      const difference = classical.data[i]! - network.data[i]!;
      own += error * error;
      product += error * difference;
      square += difference * difference;
    }
    // Nothing is better than a page without an error.
    return own > 0 ? [{ product: product / own, square: square / own }] : [];
  });
  const product = parts.reduce((sum, part) => sum + part.product, 0);
  const square = parts.reduce((sum, part) => sum + part.square, 0);
  const weight = square > 0 ? Math.min(MOST_BLENDED, Math.max(0, product / square)) : 0;
  const saved = parts.length > 0 ? (2 * weight * product - weight ** 2 * square) / parts.length : 0;
  return { weight, error: Math.min(1, Math.max(0, 1 - saved)) };
}

/** What a network's results on the validation crops, all of which have clean images, are best a mean with, and the crops by that method, which chooses its parameters on the noisy ones. */
async function fitBlend(
  method: ClassicalMethod,
  crops: readonly ValidationCrop[],
  predictions: readonly Plane[],
): Promise<{ readonly blend: ModelBlend; readonly classical: readonly Plane[] }> {
  const parameters = await interruptible(method.fit(crops.map(({ noisy }) => noisy)), undefined);
  const pages: BlendedPage[] = [];
  for (const [i, { name, noisy, clean }] of crops.entries()) {
    if (!clean) throw new Error(`fitBlend: ${name} has no clean page`);
    const classical = await classicalPage(noisy, { method, parameters });
    pages.push({ network: predictions[i]!, classical, clean });
  }
  return {
    blend: { method: methodId(method), parameters, ...blendWeight(pages), pages: pages.length },
    classical: pages.map(({ classical }) => classical),
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
  if (!judged || !crops.every(({ noisy }) => isLargeEnough(blended, noisy))) {
    const lacking = judged
      ? `those held out are below the ${smallest} x ${smallest} pixels that it needs`
      : "no image with a clean one is held out";
    hooks.onWarning?.(
      `results are the network's alone, without ${title} (key blend): how much of it serves is found on held-out images with clean ones, and ${lacking}`,
    );
    return { results: predictions };
  }
  hooks.onPhase?.(`Finding how much of ${title} the results are best a mean with`);
  const { blend, classical } = await fitBlend(blended, crops, predictions);
  if (blend.weight === 0) return { blend, results: predictions };
  return {
    blend,
    results: predictions.map((page, i) => ({
      ...page,
      data: blendedValues(page.data, classical[i]!.data, blend.weight),
    })),
  };
}
