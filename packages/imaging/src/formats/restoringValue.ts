import { castImage } from "../image/castImage.js";
import { fromFunction } from "../image/fromFunction.js";
import { type Image, INTEGER_RANGES, type PixelType } from "../image/image.js";
import { NO_VALUE } from "../image/withoutValue.js";
import type { ImageWriter } from "./format.js";

/**
 * A writer of float32 pages that writes them in another type, pixels without one (`NO_VALUE`) as this grey value. A pixel that is there and would be rounded or clipped to this very value becomes the next integer,
 * on the side where it was: none that has a value is lost.
 */
export function restoringValue(writer: ImageWriter, value: number, dtype: PixelType): ImageWriter {
  const restored = (page: Image): Image => {
    const data = fromFunction(new Float32Array(page.data.length), (i) =>
      page.data[i] === NO_VALUE ? value : page.data[i]!,
    );
    if (dtype === "float32") return { ...page, dtype, data };
    const cast = castImage({ ...page, data }, dtype);
    const [low, high] = INTEGER_RANGES[dtype];
    for (const [i, pixel] of page.data.entries()) {
      if (cast.data[i] !== value || pixel === NO_VALUE) continue;
      cast.data[i] = value === low || (pixel >= value && value !== high) ? value + 1 : value - 1;
    }
    return cast;
  };
  return {
    writePage: (page) => writer.writePage(restored(page)),
    writeRows: (rows) => writer.writeRows(restored(rows)),
    close: () => writer.close(),
    abort: () => writer.abort(),
  };
}
