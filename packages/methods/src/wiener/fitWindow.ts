import { type Steps, withoutHotPixels } from "@clidim/denoise";
import {
  anscombe,
  estimateNoise,
  evenlySpread,
  gaussianBlur,
  type NoiseModel,
  type Plane,
} from "@clidim/imaging";
import { minimize } from "../search/maximize.js";
import { wienerRisk } from "./wienerRisk.js";

/** At most so many pages are looked at, evenly spread. */
const PAGES = 4;

/** The blur of the page that tells how much noise there is at a pixel, pixels. */
const SIGNAL_BLUR = 2;

/**
 * The window of `localWiener` with the least estimated error (`wienerRisk`) on variance-stabilised pages. A pixel counts as much as its noise has variance in grey values, so that what is compared is the squared error in these. Not by the J-invariant
 * loss: what stands in place of a hidden pixel there has less noise than a pixel, and the variance of a small window goes with the pixel in its middle; it came out too low, and windows of 3 pixels seemed to remove noise that they keep.
 */
export function fitWindow(
  pages: readonly Plane[],
  windows: readonly number[],
  known?: NoiseModel,
): Steps<number> {
  const looked = evenlySpread(Math.min(PAGES, pages.length), pages.length).flatMap((position) => {
    const page = withoutHotPixels(pages[position]!);
    const noise = known ?? estimateNoise(page);
    // A page without noise wants no window rather than another.
    if (noise.gain === 0 && noise.offset === 0) return [];
    const weights = gaussianBlur(page, SIGNAL_BLUR).data.map((value) =>
      Math.max(1e-12, noise.gain * value + noise.offset),
    );
    return [{ stable: anscombe(page, noise), weights, variance: weights.reduce((sum, one) => sum + one, 0) }];
  });
  return minimize(function* (window) {
    let risk = 0;
    for (const { stable, weights, variance } of looked) {
      risk += variance * wienerRisk(stable, window, weights);
      yield;
    }
    return risk;
  }, windows);
}
