import { castImage } from "../image/castImage.js";
import type { Image, PixelType } from "../image/image.js";
import type { ImageWriter } from "./format.js";

/** A writer of float32 pages that writes them in another type, missing pixels (NaN) as this grey value. */
export function restoringValue(writer: ImageWriter, value: number, dtype: PixelType): ImageWriter {
  const restored = (page: Image): Image => {
    const data = Float32Array.from(page.data, (pixel) => (Number.isNaN(pixel) ? value : pixel));
    return dtype === "float32" ? { ...page, dtype, data } : castImage({ ...page, data }, dtype);
  };
  return {
    writePage: (page) => writer.writePage(restored(page)),
    writeRows: (rows) => writer.writeRows(restored(rows)),
    close: () => writer.close(),
    abort: () => writer.abort(),
  };
}
