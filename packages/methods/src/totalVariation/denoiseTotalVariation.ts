import { type Float64Plane, fromFunction, type Plane } from "@clidim/imaging";

export interface DenoiseTotalVariationOptions {
  /** Weight of the total variation, in the page's units, > 0. */
  readonly strength: number;
  /**
   * Stops when the result is known to be no further from the minimum than this, as a root mean square over the pixels in the page's units (it is mostly an eighth
   * of that). Default 0.1, a tenth of the noise of a variance-stabilised page.
   */
  readonly tolerance?: number;
  /** Default 120. */
  readonly iterations?: number;
}

/** The reciprocal of the Lipschitz constant of the dual's gradient. */
const STEP = 1 / 8;

/** Of so many iterations, one asks how far the minimum is. */
const CHECK = 10;

/**
 * Total variation denoising (Rudin, Osher and Fatemi 1992): the u that minimises `|u - page|^2 / 2 + strength * TV(u)`, TV isotropic with forward differences,
 * by the fast gradient projection of its dual (Beck and Teboulle 2009): `p <- P(q + STEP grad(div q - page / strength))` with P the projection of each pixel's
 * vector onto the unit disc, `q = p + (t - 1) / t' (p - p before)`, and `u = page - strength div p`. The gap between both energies, `strength * sum(|grad u| - p . grad u)`,
 * is at least half the squared distance from the minimum. float64.
 */
export function denoiseTotalVariation(page: Plane, options: DenoiseTotalVariationOptions): Float64Plane {
  const { strength, tolerance = 0.1, iterations = 120 } = options;
  if (!(strength > 0)) throw new Error(`denoiseTotalVariation: expected strength > 0, got ${strength}`);
  const { width, height } = page;
  const pixels = width * height;
  const scaled = fromFunction(new Float64Array(page.data.length), (i) => page.data[i]! / strength);
  // rest = div q - page / strength, which is -u / strength where q = p.
  const rest = scaled.map((value) => -value);
  const zeros = (): Float64Array => new Float64Array(pixels);
  const [px, py, qx, qy] = [zeros(), zeros(), zeros(), zeros()];
  const enough = ((tolerance / strength) ** 2 * pixels) / 2;
  let t = 1;
  for (let iteration = 1; iteration <= iterations; iteration++) {
    const next = (1 + Math.sqrt(1 + 4 * t * t)) / 2;
    const asks = iteration % CHECK === 0 || iteration === iterations;
    // Only p is within the discs, and has a gap and a result.
    const momentum = asks ? 0 : (t - 1) / next;
    t = next;
    // A pixel's vector needs rest at the pixel, to its right and below; its rest the vectors at the pixel, to its left and above: one pass does both.
    for (let y = 0; y < height; y++) {
      const row = y * width;
      const below = y + 1 < height ? width : 0;
      let left = 0;
      for (let x = 0; x < width; x++) {
        const at = row + x;
        const value = rest[at]!;
        let dx = qx[at]! + STEP * (x + 1 < width ? rest[at + 1]! - value : 0);
        let dy = qy[at]! + STEP * (rest[at + below]! - value);
        const square = dx * dx + dy * dy;
        if (square > 1) {
          const shrink = 1 / Math.sqrt(square);
          dx *= shrink;
          dy *= shrink;
        }
        const right = dx + momentum * (dx - px[at]!);
        const down = dy + momentum * (dy - py[at]!);
        px[at] = dx;
        py[at] = dy;
        qx[at] = right;
        qy[at] = down;
        rest[at] = right - left + down - (y > 0 ? qy[at - width]! : 0) - scaled[at]!;
        left = right;
      }
    }
    if (asks && gap(rest, px, py, width, height) < enough) break;
  }
  return { width, height, data: rest.map((value) => -strength * value) };
}

/** `sum(|grad rest| - p . grad rest)`: the gap of the energies over `strength` squared. */
function gap(rest: Float64Array, px: Float64Array, py: Float64Array, width: number, height: number): number {
  let sum = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const gx = x + 1 < width ? rest[at + 1]! - rest[at]! : 0;
      const gy = y + 1 < height ? rest[at + width]! - rest[at]! : 0;
      sum += Math.sqrt(gx * gx + gy * gy) - px[at]! * gx - py[at]! * gy;
    }
  }
  return sum;
}
