import { fromFunction } from "@clidim/imaging";
import type { BatchDenoiser } from "./batchDenoiser.js";
import { checkPage, type Denoiser } from "./denoise.js";
import type { Orientations } from "./orientationsOf.js";

/**
 * A denoiser that averages what `denoise` makes of a page in its eight orientations (quarter turns and mirror images), each turned back: the geometric self-ensemble
 * (Timofte et al. 2016). Its result for a turned or mirrored page is the turned or mirrored result. Of four orientations these are the mirror images and the half turn, in which rows stay rows. `onTile` counts the tiles of all.
 *
 * A page may have so many values for each pixel, the `channels`, one after the other. With `batch`, orientations of one size go through the network together where the page is small enough; the result is the same within rounding.
 */
export function selfEnsemble(
  denoise: Denoiser,
  batch?: BatchDenoiser,
  channels = 1,
  orientations: Exclude<Orientations, 1> = 8,
): Denoiser {
  return async (page, width, height, { onTile } = {}) => {
    checkPage("selfEnsemble", page, width, height, channels);
    const sum = new Float64Array(width * height);
    const together = batch
      ? batchSize(await batch.most(width, height), orientations === 8 && width === height)
      : 1;
    for (let first = 0; first < orientations; first += together) {
      const group = Array.from({ length: together }, (_, i) => {
        const from = orientedIndices(width, height, first + i);
        return { from, turned: gathered(page, from, channels) };
      });
      const [across, down] = first & TRANSPOSED ? [height, width] : [width, height];
      const pages = group.map(({ turned }) => turned);
      const denoised =
        batch && together > 1
          ? await batch.denoise(pages, across, down)
          : [
              await denoise(pages[0]!, across, down, {
                onTile: (done, total) => onTile?.(first * total + done, orientations * total),
              }),
            ];
      group.forEach(({ from }, number) => {
        const result = denoised[number]!;
        for (let i = 0; i < from.length; i++) sum[from[i]!]! += result[i]!;
      });
      if (together > 1) onTile?.(first + together, orientations);
    }
    return fromFunction(new Float32Array(sum.length), (i) => sum[i]! / orientations);
  };
}

/** The pixels of a page from these places, with all their values. */
function gathered(page: Float32Array, from: Int32Array, channels: number): Float32Array {
  const values = new Float32Array(page.length);
  for (let i = 0; i < from.length; i++) {
    for (let k = 0; k < channels; k++) values[i * channels + k] = page[from[i]! * channels + k]!;
  }
  return values;
}

/** How many orientations go together: those of one size, in equal groups; `turned`: there are turned ones, and they have the size of the others. */
const batchSize = (most: number, turned: boolean): number =>
  [...(turned ? [8] : []), 4, 2].find((size) => size <= most) ?? 1;

// Bits of an orientation, the last of which the first four have not: the page is mirrored top to bottom and left to right first, and then transposed.
const UPSIDE_DOWN = 1;
const MIRRORED = 2;
const TRANSPOSED = 4;

/** For each pixel of the page in an orientation, row-major, its place in the page as it is. */
function orientedIndices(width: number, height: number, orientation: number): Int32Array {
  const across = orientation & TRANSPOSED ? height : width;
  return fromFunction(new Int32Array(width * height), (i) => {
    const row = Math.floor(i / across);
    const column = i - row * across;
    const y = orientation & TRANSPOSED ? column : row;
    const x = orientation & TRANSPOSED ? row : column;
    const sourceRow = orientation & UPSIDE_DOWN ? height - 1 - y : y;
    return sourceRow * width + (orientation & MIRRORED ? width - 1 - x : x);
  });
}
