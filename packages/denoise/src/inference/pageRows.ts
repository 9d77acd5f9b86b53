import { cutPlane, type NoiseModel } from "@clidim/imaging";
import { frameValues, type NoisyPage, type NoisyPlane } from "../data/noisyPlane.js";
import { noiseAroundGaps, noiseOfPage, noiseOfPlane } from "../data/pageNoise.js";

/** A page whose rows are given when they are asked for. */
export interface PageRows {
  readonly width: number;
  readonly height: number;
  /** Values of each pixel, one after the other: captures that a network sees at once. Default 1. */
  readonly frames?: number;
  /** The rows from `top` to before `bottom`, row-major. Nobody writes to them. */
  rows(top: number, bottom: number): ArrayLike<number> | Promise<ArrayLike<number>>;
  /** The noise of a capture, in grey values, as it is known or estimated from the page. */
  noise?(): NoiseModel | Promise<NoiseModel>;
  /** See `noiseAroundGaps`. */
  noiseAroundGaps?(): Promise<NoiseModel | undefined>;
}

/** The rows of a page that is in memory. */
export function rowsOfPlane(plane: NoisyPlane): PageRows {
  const { width, height } = plane;
  const frames = plane.frames?.length ?? 1;
  const data = frameValues(plane);
  const across = { width: width * frames, height, data };
  const rows = (top: number, bottom: number): ArrayLike<number> =>
    bottom - top === height
      ? data
      : cutPlane(across, { x: 0, y: top, width: across.width, height: bottom - top }).data;
  return {
    ...{ width, height, frames, rows },
    noise: () => plane.noise ?? noiseOfPlane(plane),
    noiseAroundGaps: () => noiseAroundGaps(plane),
  };
}

/** The rows of a page that is not, or those of so many captures that it is the mean of. */
export function rowsOfPage(page: NoisyPage, frames = 1): PageRows {
  const { width, height } = page;
  const rows = async (top: number, bottom: number): Promise<ArrayLike<number>> =>
    frameValues(await page.read({ x: 0, y: top, width, height: bottom - top }));
  return {
    ...{ width, height, frames, rows },
    noise: () => noiseOfPage(page),
    noiseAroundGaps: () => noiseAroundGaps(page),
  };
}
