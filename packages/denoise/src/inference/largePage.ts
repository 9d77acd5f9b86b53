import {
  castImage,
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

/**
 * Denoises and writes a page by bands of rows; one that is blank, or has no denoiser, is copied so. Nothing is written, and nothing returned, where it has to be whole: where the denoiser has no bands,
 * and where pixels are missing, which are filled from anywhere on the page.
 */
export async function denoiseLargePage(
  stack: LazyStack,
  index: number,
  denoiser: FileDenoiser | undefined,
  writer: ImageWriter,
  { largestPage, onPart }: LargePageOptions,
): Promise<PageContents | undefined> {
  if (denoiser && !denoiser.bands) return undefined;
  const page = await readable(pagesOf(stack, "keep")[index]!);
  const contents = denoiser && (await pageContents(bandsOf(page, largestPage)));
  if (denoiser?.bands && contents?.blank === undefined) {
    if (contents && contents.missing > 0) return undefined;
    for await (const band of denoiser.bands(page, bandPixels(largestPage), onPart)) {
      await writer.writeRows(castImage(band, stack.dtype));
    }
    return { missing: 0 };
  }
  for (const window of rowBands(page, bandPixels(largestPage))) {
    await writer.writeRows(await stack.readPage(index, { window, missing: "keep" }));
  }
  return contents ?? { missing: 0 };
}

/** A page whose rows are decoded together is decoded once. */
async function readable(page: LazyPage): Promise<LazyPage> {
  const { height, rowsAtOnce = 1 } = page;
  return 2 * rowsAtOnce > height ? pageInMemory(await page.read()) : page;
}
