import {
  type Image,
  INTEGER_RANGES,
  type PixelArrays,
  type PixelType,
  type Plane,
  pixelArray,
} from "./image.js";
import { rint } from "./rint.js";

/** Values that are no numbers where an image has some. */
export class NonFiniteValue extends Error {
  override readonly name: string = "NonFiniteValue";
}

/**
 * The page in another dtype. Integers are rounded (halves to even) and clipped to the dtype's range.
 * A value that is not finite, or too large for float32 to be so there, is an error: it has no integer, and no file should carry it.
 */
export function castImage<D extends PixelType>(page: Plane, dtype: D): Image<D> {
  const { width, height, data } = page;
  const out = pixelArray(dtype, data.length);
  const range = dtype === "float32" ? undefined : INTEGER_RANGES[dtype as Exclude<PixelType, "float32">];
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!Number.isFinite(range ? value : Math.fround(value))) {
      const at = `x ${i % width}, y ${Math.floor(i / width)}`;
      throw new NonFiniteValue(
        `castImage: expected values that are finite${range ? "" : " in float32"}, got ${value} at ${at} (${width} x ${height} to ${dtype})`,
      );
    }
    out[i] = range ? Math.min(range[1], Math.max(range[0], rint(value))) : value;
  }
  // `pixelArray(dtype)` returns the array of exactly this dtype; the switch inside loses the link.
  return { width, height, dtype, data: out as PixelArrays[D] };
}
