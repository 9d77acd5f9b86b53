import { addedNoiseErrors, type Steps, showingPages, tellingPages, withoutHotPixels } from "@clidim/denoise";
import {
  anscombe,
  cutPlane,
  estimateSharedNoise,
  gaussianBlur,
  type NoiseModel,
  type Plane,
  stabilizer,
} from "@clidim/imaging";
import { minimize } from "../search/maximize.js";
import { localWiener } from "./localWiener.js";
import { wienerRisk } from "./wienerRisk.js";

/** At most so many pages are looked at (`showingPages`). */
const PAGES = 4;

/** The blur of the page that tells how much noise there is at a pixel, pixels. */
const SIGNAL_BLUR = 2;

/** Where pixels share noise, of each page as many are looked at as a square of this side has. */
const SIDE = 256;

/** Sets of `addedNoiseErrors`, of four that have all pixels between them. */
const SETS = 2;

/** The squared error of a page's grey values at a window, of all its pixels; less what is the same at every window. */
type PageRisk = (window: number) => Steps<number>;

/**
 * The window of `localWiener` with the least estimated error (`wienerRisk`) on variance-stabilised pages. A pixel counts as much as its noise has variance in grey values, so that what is compared is the squared error in these. Not by the J-invariant
 * loss: what stands in place of a hidden pixel there has less noise than a pixel, and the variance of a small window goes with the pixel in its middle; it came out too low, and windows of 3 pixels seemed to remove noise that they keep.
 *
 * `wienerRisk` knows of noise of each pixel's own. Where pixels share noise (`estimateSharedNoise`) a small window holds it to be structure, and it is the loss of `addedNoiseErrors` that is compared, as by other methods.
 */
export function fitWindow(
  pages: readonly Plane[],
  windows: readonly number[],
  known?: NoiseModel,
): Steps<number> {
  const risks = showingPages(pages, PAGES).flatMap((given) => {
    const page = withoutHotPixels(given);
    const noise = estimateSharedNoise(page, known);
    // A page without noise wants no window rather than another.
    if (noise.gain === 0 && noise.offset === 0) return [];
    return [noise.correlation ? sharedRisk(given, noise) : ownRisk(page, noise)];
  });
  return minimize(function* (window) {
    let sum = 0;
    for (const risk of risks) sum += yield* risk(window);
    return sum;
  }, windows);
}

function ownRisk(page: Plane, noise: NoiseModel): PageRisk {
  const weights = gaussianBlur(page, SIGNAL_BLUR).data.map((value) =>
    Math.max(1e-12, noise.gain * value + noise.offset),
  );
  const stable = anscombe(page, noise);
  const variance = weights.reduce((sum, one) => sum + one, 0);
  return function* (window) {
    yield;
    return variance * wienerRisk(stable, window, weights);
  };
}

function sharedRisk(page: Plane, noise: NoiseModel): PageRisk {
  const parts = tellingPages([page], SIDE).flatMap(({ whole, rectangles }) =>
    rectangles.map((rectangle) => ({ seen: cutPlane(page, rectangle), part: cutPlane(whole, rectangle) })),
  );
  return function* (window) {
    let [sum, count] = [0, 0];
    for (const part of parts) {
      for (let set = 0; set < SETS; set++) {
        const errors = addedNoiseErrors(part, noise, set, (noisier, own) =>
          stabilizer(noisier, own)((stable) => localWiener(stable, { window })),
        );
        for (const error of errors) sum += error ** 2;
        count += errors.length;
        yield;
      }
    }
    return (page.data.length * sum) / count;
  };
}
