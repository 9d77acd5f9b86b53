import { difference } from "../image/difference.js";
import type { Float64Plane, Plane } from "../image/image.js";
import { fillMissing } from "../missing/fillMissing.js";
import { missingPixels } from "../missing/missingPixels.js";
import { anscombe } from "./anscombe.js";
import { gaussianBlur } from "./gaussianBlur.js";
import type { NoiseModel } from "./noiseModel.js";
import { winsorizedVariance } from "./winsorizedVariance.js";

/** Noise that pixels share: what part of the variance two of them have in common, by where one lies from the other. */
export interface NoiseCorrelation {
  /** The part that all pixels of a row share, >= 0. */
  readonly rows: number;
  /** The part that all pixels of a column share, >= 0. */
  readonly columns: number;
  /** `near[(dy + reach) * (2 reach + 1) + dx + reach]`: the rest, of pixels up to `reach` apart; `1 - rows - columns` in the middle, and the same on all sides. */
  readonly near: Float64Array;
  readonly reach: number;
}

/** What a page tells of the noise that its pixels share. */
interface FoundCorrelation {
  readonly correlation: NoiseCorrelation;
  /** The variance of the noise, in that which `estimateNoise` sees of it. */
  readonly ratio: number;
}

/** Neighbours up to so many pixels apart share noise, beside rows and columns, */
const REACH = 4;
/** which are told from by pixels so far apart along them, and pixels that share nothing by these. */
const ALONG = [7, 8, 9, 10, 11, 12] as const;
const APART = [
  [5, 5],
  [6, 6],
  [7, 5],
] as const;

const FARTHEST = Math.max(...ALONG);
/** More missing pixels around a block would be taken for pixels without noise. */
const FEW_MISSING = 1 / 50;

/** Blocks are looked at that have the least structure, of so many pixels a side, so many of them, and the part of the page that they may be. */
const SIDE = 16;
const [FEWEST, MOST, PART] = [12, 64, 1 / 8];
/** Pages of fewer pixels a side tell too little. */
const SMALLEST = 96;
/** What is smoother than the first is no noise, pixels; what is left after the second is structure rather than noise. */
const [BACKGROUND, STRUCTURE] = [8, 2];
/** Of `winsorizedVariance`. */
const LIMIT = 2;

/** Less in common than this may be structure: of the next pixels in a row or column, and of whole rows or columns. */
const [LEAST_NEAR, LEAST_LINES] = [0.2, 0.15];
/** Noise that neighbours share has less than this of its power in the finest changes, in that of changes half as fine along one axis, where what white noise has is 1. */
const WHITE = 0.8;
/** What is less in one place is chance. */
const CHANCE = 0.05;
/** The variance of the noise beside lines, in what the finest part says of noise that a Gaussian of like reach has made: where it is less or more, what is smooth or fine is structure, or another noise. */
const [LEAST_LIKELY, MOST_LIKELY] = [0.2, 2];

/**
 * The noise that pixels of a page share, as interpolation, demosaicing and resampling make it, and the read-out of rows and columns; undefined where each pixel's is its own, or the page is too small or too uneven to tell, or too many pixels are missing (NaN, infinite). The noise is that of `estimateNoise`.
 *
 * Noise is the same all over a variance-stabilised page, structure is not: so those blocks are looked at that have the least power in their smooth part beside that in their finest one. Of pixels d apart with noise in common, half the squared difference has the mean
 * `variance (1 - correlation(d))`, and `variance` where they are far apart along both axes. Squares are winsorised, so that what structure is left in a block counts for little. Structures of like strength all over a page would pass for noise, but hardly those with as little in fine changes as shared noise has: so what
 * neighbours have in common counts only where the finest changes have less power than those half as fine, and about as little as what neighbours have in common leaves them (`fineness`): white noise over smooth structures has far more.
 */
export function noiseCorrelation(page: Plane, noise: NoiseModel): FoundCorrelation | undefined {
  if (Math.min(page.width, page.height) < SMALLEST || (noise.gain === 0 && noise.offset === 0)) return;
  const missing = missingPixels(page);
  const stable = anscombe(missing ? fillMissing(page, missing) : page, noise);
  const background = gaussianBlur(stable, BACKGROUND);
  const detail = difference(stable, background);
  const blocks = flatBlocks(detail, missing);
  if (blocks.length < FEWEST) return;
  /** Mean over lags and their mirror images. */
  const unlike = (lags: readonly (readonly [number, number])[]): number => {
    const all = lags.flatMap(([dx, dy]) =>
      dx === 0 || dy === 0 ? [[dx, dy] as const] : [[dx, dy] as const, [-dx, dy] as const],
    );
    return all.reduce((sum, [dx, dy]) => sum + halfDifference(detail, blocks, dx, dy), 0) / all.length;
  };
  const variance = unlike(APART);
  if (!(variance > 0)) return;
  const inCommon = (lags: readonly (readonly [number, number])[]): number => 1 - unlike(lags) / variance;
  const lines = [inCommon(ALONG.map((d) => [d, 0])), inCommon(ALONG.map((d) => [0, d]))] as const;
  const [rows, columns] = lines.map((part) => (part < LEAST_LINES ? 0 : Math.min(part, 0.95))) as [
    number,
    number,
  ];
  const own = Math.max(0.05, 1 - rows - columns);
  const side = 2 * REACH + 1;
  const near = new Float64Array(side * side);
  const [nextInRow, nextInColumn] = [inCommon([[1, 0]]), inCommon([[0, 1]])];
  if (Math.max(nextInRow - rows, nextInColumn - columns) < LEAST_NEAR || finestPart(detail, blocks) > WHITE) {
    if (rows + columns === 0) return;
  } else {
    for (let dy = 0; dy <= REACH; dy++) {
      for (let dx = 0; dx <= REACH; dx++) {
        if (dx === 0 && dy === 0) continue;
        const part = inCommon([[dx, dy]]) - (dy === 0 ? rows : 0) - (dx === 0 ? columns : 0);
        const value = part < CHANCE ? 0 : Math.min(part, own);
        for (const [x, y] of [
          [dx, dy],
          [-dx, dy],
          [dx, -dy],
          [-dx, -dy],
        ] as const) {
          near[(y + REACH) * side + x + REACH] = value;
        }
      }
    }
  }
  const middle = REACH * side + REACH;
  near[middle] = own;
  const likely = fineness(near[middle + 1]! / own) * fineness(near[middle + side]! / own);
  const relative = (variance * own) / likely;
  if (relative < LEAST_LIKELY || relative > MOST_LIKELY) return;
  const whole = own + rows + columns;
  const correlation: NoiseCorrelation = {
    rows: rows / whole,
    columns: columns / whole,
    near: near.map((value) => value / whole),
    reach: REACH,
  };
  return { correlation, ratio: variance };
}

/**
 * The power of second differences of white noise, in that of noise whose next neighbours have so much in common and which a Gaussian has made, so that the second ones have the fourth power of it in common: `6 / (6 - 8 r + 2 r^4)`. That of less than a
 * fifth, which second differences hardly tell from white noise, is 1.
 */
function fineness(next: number): number {
  const r = Math.min(next, 0.99);
  return r < LEAST_NEAR ? 1 : 6 / (6 - 8 * r + 2 * r ** 4);
}

/** A block with what its differences are divided by. */
interface FlatBlock {
  readonly x: number;
  readonly y: number;
  /** The variance of its finest part, as `estimateNoise` sees it. */
  readonly finest: number;
}

/** The second difference across of second differences down, of pixels so far apart in `data`; white noise of variance 1 has the variance 36 there. */
function secondDifferences(data: Float64Array, at: number, across: number, down: number): number {
  const row = (middle: number): number => data[middle - across]! - 2 * data[middle]! + data[middle + across]!;
  return row(at - down) - 2 * row(at) + row(at + down);
}

/** The blocks with the least power in their smooth part, in that of their finest one, where hardly a pixel is missing of what is compared with their pixels. */
function flatBlocks(detail: Float64Plane, missing: Uint8Array | undefined): FlatBlock[] {
  const { width, height, data } = detail;
  const smooth = gaussianBlur(detail, STRUCTURE).data;
  const blocks: (FlatBlock & { readonly structure: number })[] = [];
  for (let y = 1; y + SIDE < height; y += SIDE) {
    for (let x = 1; x + SIDE < width; x += SIDE) {
      if (missing && goneAround(missing, detail, x, y) > FEW_MISSING) continue;
      let [structure, finest] = [0, 0];
      for (let j = y; j < y + SIDE; j++) {
        for (let at = j * width + x; at < j * width + x + SIDE; at++) {
          structure += smooth[at]! ** 2;
          finest += (secondDifferences(data, at, 1, width) / 6) ** 2;
        }
      }
      // Clipped blocks have no noise.
      if (finest > 0) blocks.push({ x, y, structure, finest: finest / SIDE ** 2 });
    }
  }
  const count = Math.min(MOST, Math.max(FEWEST, Math.ceil(PART * blocks.length)));
  return blocks.toSorted((a, b) => a.structure / a.finest - b.structure / b.finest).slice(0, count);
}

/** The part of the pixels that are missing, of a block and those that are compared with its own. */
function goneAround(
  missing: Uint8Array,
  { width, height }: Pick<Plane, "width" | "height">,
  x: number,
  y: number,
): number {
  const [left, right] = [Math.max(0, x - FARTHEST), Math.min(width, x + SIDE + FARTHEST)];
  const [top, bottom] = [Math.max(0, y - FARTHEST), Math.min(height, y + SIDE + FARTHEST)];
  let gone = 0;
  for (let j = top; j < bottom; j++) {
    for (let at = j * width + left; at < j * width + right; at++) gone += missing[at]!;
  }
  return gone / ((right - left) * (bottom - top));
}

/** The power of second differences along both axes, in that of those along one axis between pixels two apart: the smaller median over the blocks of the two axes; 1 of white noise. */
function finestPart({ width, height, data }: Float64Plane, blocks: readonly FlatBlock[]): number {
  const power = ({ x, y }: FlatBlock, across: number, down: number): number => {
    let [sum, count] = [0, 0];
    for (let j = Math.max(y, down); j < Math.min(y + SIDE, height - down); j++) {
      for (let i = Math.max(x, across); i < Math.min(x + SIDE, width - across); i++) {
        sum += secondDifferences(data, j * width + i, across, down * width) ** 2;
        count++;
      }
    }
    return sum / count;
  };
  const ratios = [
    [2, 1],
    [1, 2],
  ].map(([across, down]) => blocks.map((block) => (36 * block.finest) / power(block, across!, down!)));
  return Math.min(...ratios.map((all) => all.toSorted((a, b) => a - b)[all.length >> 1]!));
}

/** Half the mean squared difference of pixels (dx, dy) apart, dy >= 0, robustly, in variances of the finest part. */
function halfDifference(
  { width, height, data }: Float64Plane,
  blocks: readonly FlatBlock[],
  dx: number,
  dy: number,
): number {
  const squares = new Float64Array(blocks.length * SIDE * SIDE);
  let count = 0;
  for (const { x, y, finest } of blocks) {
    const [left, right] = [Math.max(x, -dx), Math.min(x + SIDE, width - dx)];
    for (let j = y; j < Math.min(y + SIDE, height - dy); j++) {
      for (let at = j * width + left; at < j * width + right; at++) {
        squares[count++] = (data[at]! - data[at + dy * width + dx]!) ** 2 / finest;
      }
    }
  }
  return winsorizedVariance(squares.subarray(0, count).sort(), LIMIT) / 2;
}
