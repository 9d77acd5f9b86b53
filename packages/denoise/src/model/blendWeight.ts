import type { Plane } from "@clidim/imaging";
import { MOST_BLENDED, type ModelBlend } from "./modelBlend.js";

/** A held-out image, or some of its pixels, by the network and by a method without training, in grey values. */
export interface BlendedPage {
  readonly network: Pick<Plane, "data">;
  readonly classical: Pick<Plane, "data">;
  readonly clean: Pick<Plane, "data">;
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
