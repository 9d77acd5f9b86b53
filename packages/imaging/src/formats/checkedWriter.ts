import { type Image, type PixelArrays, type PixelType, pixelArray, sizeText } from "../image/image.js";
import { pageCountOf, pageSizeOf } from "../image/source.js";
import type { FormatWriter, ImageHeader, ImageWriter } from "./format.js";

/** Refuses pages and rows that are not as the header says, and an end before the last one; puts rows together to the bands of the format. */
export function checkedWriter(name: string, writer: FormatWriter, header: ImageHeader): ImageWriter {
  const { dtype } = header;
  const size = pageSizeOf(header);
  const count = pageCountOf(header);
  const bands = writer.bands ?? { rows: size.height, write: (page: Image) => writer.writePage(page) };
  const unit = Math.min(bands.rows, size.height);
  let written = 0;
  /** Rows of the page at hand that have come. */
  let top = 0;
  /** The last of them, where they are no whole band yet. */
  let waiting: { readonly data: PixelArrays[PixelType]; rows: number } | undefined;
  const refuse = async (sentence: string): Promise<never> => {
    await writer.abort();
    throw new Error(`write ${name}: ${sentence}`);
  };
  const got = (image: Image): string => `page ${written} is ${sizeText(image)} ${image.dtype}`;
  const band = (data: PixelArrays[PixelType], height: number): Promise<void> =>
    // The array has the header's dtype, which `writeRows` has checked.
    bands.write({ width: size.width, height, dtype, data } as Image);
  return {
    writePage: async (page) => {
      if (page.width !== size.width || page.height !== size.height || page.dtype !== dtype) {
        await refuse(`expected pages of ${sizeText(size)} ${dtype}, ${got(page)}`);
      }
      if (top > 0)
        await refuse(`expected the other rows of page ${written}, of which ${top} came, got a page`);
      if (written === count) await refuse(`expected ${count} pages, got more`);
      written++;
      await writer.writePage(page);
    },
    writeRows: async (rows) => {
      if (rows.width !== size.width || rows.dtype !== dtype || !(rows.height >= 1)) {
        await refuse(`expected rows of ${size.width} pixels ${dtype}, ${got(rows)}`);
      }
      if (written === count) await refuse(`expected ${count} pages, got more`);
      if (top + rows.height > size.height) {
        await refuse(`expected ${size.height} rows of page ${written}, got ${top + rows.height}`);
      }
      for (let from = 0; from < rows.height; ) {
        const left = rows.height - from;
        const last = top + left === size.height;
        const whole = last ? left : left - (left % unit);
        const rowsOf = (taken: number): PixelArrays[PixelType] =>
          rows.data.subarray(from * size.width, (from + taken) * size.width);
        let taken = whole;
        if (!waiting && whole > 0) {
          await band(rowsOf(whole), whole);
        } else {
          waiting ??= { data: pixelArray(dtype, unit * size.width), rows: 0 };
          taken = Math.min(unit - waiting.rows, left);
          waiting.data.set(rowsOf(taken), waiting.rows * size.width);
          waiting.rows += taken;
          if (waiting.rows === unit || top + taken === size.height) {
            const { data, rows: held } = waiting;
            waiting = undefined;
            await band(data.subarray(0, held * size.width), held);
          }
        }
        from += taken;
        top += taken;
      }
      if (top < size.height) return;
      top = 0;
      written++;
    },
    close: async () => {
      if (top > 0) await refuse(`expected ${size.height} rows of page ${written}, got ${top}`);
      if (written < count) await refuse(`expected ${count} pages, got ${written}`);
      await writer.close();
    },
    abort: () => writer.abort(),
  };
}
