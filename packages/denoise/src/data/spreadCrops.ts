import { evenlySpread, type LazyPage, type Rectangle } from "@clidim/imaging";
import type { TrainingScene } from "./crops.js";
import type { NoisyPage } from "./noisyPlane.js";

/** A part of a noisy page, and the clean page of it where there is one. */
export interface SpreadCrop {
  readonly noisy: NoisyPage;
  readonly clean?: LazyPage;
  readonly rectangle: Rectangle;
}

// Multiples of powers of 1 / 1.3247 (the root of x^3 = x + 1) are evenly spread over the unit square in their fractional parts.
const ROOT = 1.324717957244746;
const [ACROSS, DOWN] = [1 / ROOT, 1 / ROOT ** 2] as const;

/**
 * At most `count` crops, at most `side` pixels wide and high, that stand for the crops of a training: each scene has as many, and pages and places are evenly spread. Fewer where the pages
 * have no room for so many. They depend on the arguments alone.
 */
export function spreadCrops(scenes: readonly TrainingScene[], count: number, side: number): SpreadCrop[] {
  const room = scenes.reduce(
    (sum, { noisy }) =>
      sum +
      noisy.reduce((of, { width, height }) => of + Math.ceil(width / side) * Math.ceil(height / side), 0),
    0,
  );
  const total = Math.min(count, room);
  const crops: SpreadCrop[] = [];
  for (const [number, { noisy, clean }] of scenes.entries()) {
    const partOf = (at: number): number => Math.round((at * total) / scenes.length);
    for (const index of evenlySpread(partOf(number + 1) - partOf(number), noisy.length)) {
      const page = noisy[index]!;
      const size = { width: Math.min(side, page.width), height: Math.min(side, page.height) };
      const among = (step: number, length: number): number =>
        Math.floor(((0.5 + crops.length * step) % 1) * length);
      const rectangle = {
        x: among(ACROSS, page.width - size.width + 1),
        y: among(DOWN, page.height - size.height + 1),
        ...size,
      };
      const truth = clean && { clean: clean[clean.length === 1 ? 0 : index]! };
      crops.push({ noisy: page, ...truth, rectangle });
    }
  }
  return crops;
}
