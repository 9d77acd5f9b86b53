import { checkPage, type Denoiser } from "./denoise.js";

/**
 * A denoiser that averages what `denoise` makes of a page in its eight orientations (quarter turns and mirror images), each turned back: the geometric self-ensemble
 * (Timofte et al. 2016). Its result for a turned or mirrored page is the turned or mirrored result. `onTile` counts the tiles of all eight.
 */
export function selfEnsemble(denoise: Denoiser): Denoiser {
  return async (page, width, height, { onTile } = {}) => {
    checkPage("selfEnsemble", page, width, height);
    const sum = new Float64Array(page.length);
    for (let orientation = 0; orientation < orientations; orientation++) {
      const from = orientedIndices(width, height, orientation);
      const [across, down] = orientation & TRANSPOSED ? [height, width] : [width, height];
      const turned = Float32Array.from(from, (at) => page[at]!);
      const denoised = await denoise(turned, across, down, {
        onTile: (done, total) => onTile?.(orientation * total + done, orientations * total),
      });
      from.forEach((at, i) => {
        sum[at]! += denoised[i]!;
      });
    }
    return Float32Array.from(sum, (total) => total / orientations);
  };
}

/** How many orientations a page has. */
export const orientations = 8;
// Bits of an orientation: the page is mirrored top to bottom and left to right first, and then transposed.
const UPSIDE_DOWN = 1;
const MIRRORED = 2;
const TRANSPOSED = 4;

/** For each pixel of the page in an orientation, row-major, its place in the page as it is. */
function orientedIndices(width: number, height: number, orientation: number): Int32Array {
  const across = orientation & TRANSPOSED ? height : width;
  return Int32Array.from({ length: width * height }, (_, i) => {
    const [row, column] = [Math.floor(i / across), i % across];
    const [y, x] = orientation & TRANSPOSED ? [column, row] : [row, column];
    const sourceRow = orientation & UPSIDE_DOWN ? height - 1 - y : y;
    return sourceRow * width + (orientation & MIRRORED ? width - 1 - x : x);
  });
}
