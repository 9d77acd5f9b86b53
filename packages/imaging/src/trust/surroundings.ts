import { type Plane, sizeText } from "../image/image.js";

/** Pixels at this distance are looked at: those of the square of 5 x 5 that are not in that of 3 x 3. */
export const REACH = 2;
export const SURROUNDING_PIXELS = 16;

/**
 * What the surroundings say of each pixel: the mean of the 16 pixels that are two pixels away (as the king moves; fewer at the border), float64, of the extents of the page. It shares no noise with the pixel itself, nor with
 * the eight beside it, whose noise a denoiser that looks closely brings in. So pixels can be chosen by it without choosing their noise. At least 3 x 3 pixels.
 */
export function surroundings(page: Plane): Plane & { readonly data: Float64Array } {
  const { width, height, data } = page;
  if (width <= REACH || height <= REACH) {
    throw new Error(
      `surroundings: expected a page of at least ${REACH + 1} x ${REACH + 1} pixels, got ${sizeText(page)}`,
    );
  }
  // Sums of all pixels above and to the left.
  const side = width + 1;
  const sums = new Float64Array(side * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += data[y * width + x]!;
      sums[(y + 1) * side + x + 1] = sums[y * side + x + 1]! + row;
    }
  }
  const square = (x: number, y: number, reach: number): { sum: number; pixels: number } => {
    const [left, right] = [Math.max(0, x - reach), Math.min(width, x + reach + 1)];
    const [top, bottom] = [Math.max(0, y - reach), Math.min(height, y + reach + 1)];
    return {
      sum:
        sums[bottom * side + right]! -
        sums[top * side + right]! -
        sums[bottom * side + left]! +
        sums[top * side + left]!,
      pixels: (right - left) * (bottom - top),
    };
  };
  const means = new Float64Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const outer = square(x, y, REACH);
      const inner = square(x, y, REACH - 1);
      means[y * width + x] = (outer.sum - inner.sum) / (outer.pixels - inner.pixels);
    }
  }
  return { width, height, data: means };
}
