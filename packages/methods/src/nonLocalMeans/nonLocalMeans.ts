import type { Float64Plane, Plane } from "@clidim/imaging";
import { symmetric } from "@clidim/imaging";

export interface NonLocalMeansOptions {
  /** Decay of the weights in standard deviations of the noise, > 0. */
  readonly strength: number;
  /** Standard deviation of the noise, in the page's units. Default 1, as after `anscombe`. */
  readonly sigma?: number;
  /** Side of the patches, odd, pixels. Default 5. */
  readonly patch?: number;
  /** How far similar patches are looked for, pixels. Default 9. */
  readonly distance?: number;
}

/** Patches further apart than this many h^2 have no part: exp(-5) < 1 %. */
const CUT_OFF = 5;

/**
 * Non-local means (Buades, Coll and Morel 2005): each pixel becomes the mean of the pixels around it, weighted by how alike their patches are,
 * `exp(-max(d - 2 sigma^2, 0) / h^2)` with d the mean squared difference of the patches and `h = strength * sigma`; the pixel itself has weight 1.
 * Every shift is done at once for the whole page with running sums (Darbon et al. 2008), and serves both pixels of each pair. Borders are mirrored. float64.
 */
export function nonLocalMeans(page: Plane, options: NonLocalMeansOptions): Float64Plane {
  const { strength, sigma = 1, patch = 5, distance = 9 } = options;
  const { width, height } = page;
  if (!(strength > 0) || !(sigma > 0)) {
    throw new Error(`nonLocalMeans: expected strength and sigma > 0, got ${strength} and ${sigma}`);
  }
  if (!Number.isSafeInteger(patch) || patch < 1 || patch % 2 === 0) {
    throw new Error(`nonLocalMeans: expected an odd patch of at least 1 pixel, got ${patch}`);
  }
  const radius = (patch - 1) / 2;
  // A pixel is paired only with pixels of the page; patches reach over its border by their radius.
  const { data, stride } = padded(page, radius);
  const inverse = 1 / (strength * sigma) ** 2;
  const noise = 2 * sigma * sigma;
  const area = 1 / (patch * patch);
  const sums = Float64Array.from(page.data);
  const weights = new Float64Array(width * height).fill(1);
  const source = Float64Array.from(page.data);
  // columns[x]: squared differences of column x over the patch's rows.
  const columns = new Float64Array(stride);

  for (let dy = 0; dy <= Math.min(distance, height - 1); dy++) {
    for (let dx = dy === 0 ? 1 : -distance; dx <= distance; dx++) {
      const first = Math.max(0, -dx);
      const last = Math.min(width, width - dx);
      if (first >= last) continue;
      const shift = dy * stride + dx;
      columns.fill(0);
      const add = (row: number, sign: number): void => {
        const from = row * stride;
        for (let x = first; x < last + 2 * radius; x++) {
          const difference = data[from + x]! - data[from + shift + x]!;
          columns[x]! += sign * difference * difference;
        }
      };
      for (let row = 0; row < 2 * radius; row++) add(row, 1);
      for (let y = 0; y + dy < height; y++) {
        add(y + 2 * radius, 1);
        let sum = 0;
        for (let x = first; x < first + 2 * radius; x++) sum += columns[x]!;
        const here = y * width;
        const there = (y + dy) * width + dx;
        for (let x = first; x < last; x++) {
          sum += columns[x + 2 * radius]!;
          const far = Math.max(0, sum * area - noise) * inverse;
          sum -= columns[x]!;
          if (far >= CUT_OFF) continue;
          const weight = far === 0 ? 1 : Math.exp(-far);
          sums[here + x]! += weight * source[there + x]!;
          weights[here + x]! += weight;
          sums[there + x]! += weight * source[here + x]!;
          weights[there + x]! += weight;
        }
        add(y, -1);
      }
    }
  }
  for (let i = 0; i < sums.length; i++) sums[i]! /= weights[i]!;
  return { width, height, data: sums };
}

/** The page with a mirrored border (the edge repeated) of `radius` pixels. */
function padded({ width, height, data }: Plane, radius: number): { data: Float64Array; stride: number } {
  const stride = width + 2 * radius;
  const out = new Float64Array(stride * (height + 2 * radius));
  const columns = Int32Array.from({ length: stride }, (_, x) => symmetric(x - radius, width));
  for (let y = 0; y < height + 2 * radius; y++) {
    const row = symmetric(y - radius, height) * width;
    for (let x = 0; x < stride; x++) out[y * stride + x] = data[row + columns[x]!]!;
  }
  return { data: out, stride };
}
