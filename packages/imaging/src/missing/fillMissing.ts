import type { Plane } from "../image/image.js";
import { fillLevel, finest } from "./pullPush.js";

/**
 * The page with missing pixels filled from those around them, in float32; pixels that are not missing stay as they are. At least one has to be there.
 *
 * Pull-push interpolation (Gortler et al. 1996): means of 2 x 2 known pixels, of 2 x 2 of these, and so on; where a pixel is missing at one resolution, the next coarser one is
 * interpolated bilinearly. So a border is filled with about what is beside it, a large hole smoothly.
 */
export function fillMissing(
  { width, height, data }: Plane,
  missing: Uint8Array,
): Plane & { readonly data: Float32Array } {
  const level = finest({ width, height, data }, missing);
  if (!fillLevel(level)) {
    throw new Error("fillMissing: expected a page with a pixel that is not missing, got none");
  }
  return { width, height, data: Float32Array.from(level.values) };
}
