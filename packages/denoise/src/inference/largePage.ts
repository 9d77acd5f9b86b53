import {
  castImage,
  filledPage,
  type Image,
  type ImageWriter,
  type LazyPage,
  missingPixels,
  type PixelType,
  type Plane,
  pageInMemory,
  rowBands,
  withMissing,
} from "@clidim/imaging";
import { framesPage } from "../data/noisyPlane.js";
import type { PageDenoiser } from "./fileDenoiser.js";
import { type FrameStack, framesOfPage } from "./frameStack.js";
import { isFloat, withUnknown } from "./maskedPage.js";
import { bandPixels, bandsOf, type PageContents, pageContents } from "./pageBands.js";
import type { RoundingLoss } from "./roundingLoss.js";

export interface LargePageOptions {
  /** Of the pages that are written. */
  readonly dtype: PixelType;
  /** Is told the pixels that are denoised before they are rounded. */
  readonly rounding?: RoundingLoss | undefined;
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
 * Denoises and writes a page by bands of rows; one that is blank, or has no denoiser, is copied so. Missing pixels are filled for the
 * denoiser and put back. Nothing is written, and nothing returned, where the denoiser has no bands.
 */
export async function denoiseLargePage(
  stack: FrameStack,
  index: number,
  denoiser: PageDenoiser | undefined,
  { result, map }: PageWriters,
  { dtype, rounding, largestPage, onPart }: LargePageOptions,
): Promise<PageContents | undefined> {
  if (denoiser && !denoiser.bands) return undefined;
  const frames: LazyPage[] = [];
  for (const frame of framesOfPage(stack, index)) frames.push(await readable(frame));
  const page = frames.length > 1 ? framesPage(frames) : frames[0]!;
  const contents = denoiser && (await contentsOf(page, frames, largestPage));
  const pixels = bandPixels(largestPage);
  if (denoiser?.bands && contents?.blank === undefined) {
    const { missing = 0 } = contents ?? {};
    const whole = missing > 0 ? { ...(await filledFrames(frames, pixels)), unfilled: page } : page;
    let y = 0;
    for await (const band of denoiser.bands(whole, index, pixels, onPart)) {
      const { height } = band.denoised;
      const noisy = missing > 0 ? await page.read({ x: 0, y, width: page.width, height }) : undefined;
      const rows = withGaps(castImage(band.denoised, dtype), noisy);
      rounding?.add(isFloat(rows) ? rows : band.denoised);
      await result.writeRows(rows);
      if (map && band.map) {
        const errors = castImage(band.map, "float32");
        const gone = noisy && missingPixels(noisy);
        await map.writeRows(gone ? withUnknown(errors, gone) : errors);
      }
      y += height;
    }
    return { missing };
  }
  for (const window of rowBands(page, pixels)) {
    const rows = await stack.readPage(index, { window, missing: "keep" });
    await result.writeRows(rows.dtype === dtype ? rows : castImage(rows, dtype));
    await map?.writeRows(unknownErrors(rows));
  }
  return contents ?? { missing: 0 };
}

/** What is in a page; it is blank where one of its frames is. */
async function contentsOf(
  page: LazyPage,
  frames: readonly LazyPage[],
  largestPage: number,
): Promise<PageContents> {
  const contents = await pageContents(bandsOf(page, largestPage));
  if (frames.length === 1) return contents;
  for (const frame of frames) {
    const { blank } = await pageContents(bandsOf(frame, largestPage));
    if (blank !== undefined) return { ...contents, blank };
  }
  return contents;
}

/** A page whose missing pixels are filled, in each frame by itself. */
async function filledFrames(frames: readonly LazyPage[], pixels: number): Promise<LazyPage> {
  const filled: LazyPage[] = [];
  for (const frame of frames) filled.push(await filledPage(frame, pixels));
  return filled.length > 1 ? framesPage(filled) : filled[0]!;
}

/** Rows with those pixels missing that are missing in the noisy ones. */
function withGaps(rows: Image, noisy: Plane | undefined): Image {
  const missing = noisy && missingPixels(noisy);
  return noisy && missing && isFloat(rows) ? withMissing(rows, missing, noisy) : rows;
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
