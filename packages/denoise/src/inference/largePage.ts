import {
  castImage,
  type Image,
  type ImageWriter,
  type LazyPage,
  type LazyStack,
  pageInMemory,
  pagesOf,
  rowBands,
} from "@clidim/imaging";
import type { FileDenoiser } from "./fileDenoiser.js";
import { bandPixels, bandsOf, type PageContents, pageContents } from "./pageBands.js";

export interface LargePageOptions {
  /** So many pixels of a page may be in memory. */
  readonly largestPage: number;
  /** Is told the passes done so far, in parts. */
  readonly onPart: (passes: number) => void;
}

/** Where the pages of a file go, and what is known of their errors where that is asked for. */
export interface PageWriters {
  readonly result: ImageWriter;
  readonly map: ImageWriter | undefined;
}

/**
 * Denoises and writes a page by bands of rows; one that is blank, or has no denoiser, is copied so. Nothing is written, and nothing returned, where it has to be whole: where the denoiser has no bands,
 * and where pixels are missing, which are filled from anywhere on the page.
 */
export async function denoiseLargePage(
  stack: LazyStack,
  index: number,
  denoiser: FileDenoiser | undefined,
  { result, map }: PageWriters,
  { largestPage, onPart }: LargePageOptions,
): Promise<PageContents | undefined> {
  if (denoiser && !denoiser.bands) return undefined;
  const page = await readable(pagesOf(stack, "keep")[index]!);
  const contents = denoiser && (await pageContents(bandsOf(page, largestPage)));
  const pixels = bandPixels(largestPage);
  if (denoiser?.bands && contents?.blank === undefined) {
    if (contents && contents.missing > 0) return undefined;
    for await (const band of denoiser.bands(page, index, pixels, onPart)) {
      await result.writeRows(castImage(band.denoised, stack.dtype));
      if (map && band.map) await map.writeRows(castImage(band.map, "float32"));
    }
    return { missing: 0 };
  }
  for (const window of rowBands(page, pixels)) {
    const rows = await stack.readPage(index, { window, missing: "keep" });
    await result.writeRows(rows);
    await map?.writeRows(unknownErrors(rows));
  }
  return contents ?? { missing: 0 };
}

/** Of what is not denoised there are no errors to be shown. */
export function unknownErrors({ width, height }: Image): Image<"float32"> {
  return { width, height, dtype: "float32", data: new Float32Array(width * height).fill(Number.NaN) };
}

/** A page whose rows are decoded together is decoded once. */
async function readable(page: LazyPage): Promise<LazyPage> {
  const { height, rowsAtOnce = 1 } = page;
  return 2 * rowsAtOnce > height ? pageInMemory(await page.read()) : page;
}
