import type { Float64Plane, Plane } from "@clidim/imaging";

export interface DenoiseTotalVariationOptions {
  /** Weight of the total variation, in the page's units, > 0. */
  readonly strength: number;
  /** Stops when no pixel moves by more than this part of the strength in an iteration. Default 0.002. */
  readonly tolerance?: number;
  /** Default 300. */
  readonly iterations?: number;
}

/** The step of the dual iteration; convergent up to 1/4 in practice (Chambolle proves 1/8). */
const STEP = 0.25;

/**
 * Total variation denoising (Rudin, Osher and Fatemi 1992): the u that minimises `|u - page|^2 / 2 + strength * TV(u)`, TV isotropic with forward differences,
 * by Chambolle's projection (2004): `p <- (p + STEP g) / (1 + STEP |g|)` with `g = grad(div p - page / strength)`, and `u = page - strength div p`. float64.
 */
export function denoiseTotalVariation(page: Plane, options: DenoiseTotalVariationOptions): Float64Plane {
  const { strength, tolerance = 0.002, iterations = 300 } = options;
  if (!(strength > 0)) throw new Error(`denoiseTotalVariation: expected strength > 0, got ${strength}`);
  const { width, height } = page;
  const scaled = Float64Array.from(page.data, (value) => value / strength);
  // rest = div p - page / strength = -u / strength
  const rest = scaled.map((value) => -value);
  const px = new Float64Array(width * height);
  const py = new Float64Array(width * height);
  for (let iteration = 0; iteration < iterations; iteration++) {
    for (let y = 0; y < height; y++) {
      const row = y * width;
      const below = y + 1 < height ? width : 0;
      for (let x = 0; x < width; x++) {
        const at = row + x;
        const value = rest[at]!;
        const gx = x + 1 < width ? rest[at + 1]! - value : 0;
        const gy = rest[at + below]! - value;
        const shrink = 1 / (1 + STEP * Math.sqrt(gx * gx + gy * gy));
        px[at] = (px[at]! + STEP * gx) * shrink;
        py[at] = (py[at]! + STEP * gy) * shrink;
      }
    }
    let moved = 0;
    for (let y = 0; y < height; y++) {
      const row = y * width;
      for (let x = 0; x < width; x++) {
        const at = row + x;
        const divergence = px[at]! - (x > 0 ? px[at - 1]! : 0) + py[at]! - (y > 0 ? py[at - width]! : 0);
        const value = divergence - scaled[at]!;
        moved = Math.max(moved, Math.abs(value - rest[at]!));
        rest[at] = value;
      }
    }
    if (moved < tolerance) break;
  }
  return { width, height, data: rest.map((value) => -strength * value) };
}
