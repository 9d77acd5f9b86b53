import { castImage, type Image, type PixelType } from "@clidim/imaging";
import type { NoisyPlane } from "../data/noisyPlane.js";
import type { FileAssessment } from "./fileAssessment.js";
import type { PageDenoiser } from "./fileDenoiser.js";
import type { FrameStack } from "./frameStack.js";
import { denoiseLargePage, type LargePageOptions, type PageWriters, unknownErrors } from "./largePage.js";
import { type MaskedPage, maskedPage } from "./maskedPage.js";

/** What was found in a page that is denoised. */
export interface PageFound {
  /** How many of its pixels are NaN or infinite. */
  readonly missing: number;
  /** Nothing is to be seen in it, so that it was copied. */
  readonly blank: boolean;
}

export interface WritePageOptions extends LargePageOptions {
  /** What gathers a report, of pages that it wants as a whole. */
  readonly assessment?: FileAssessment | undefined;
  /** The page where it was read before, which is no large one. */
  readonly read?: ReadPage | undefined;
}

/** A page in memory; `masked` where it is to be denoised. */
export interface ReadPage {
  readonly noisy: Image & NoisyPlane;
  readonly masked: MaskedPage | undefined;
}

/** Reads a page as it is denoised as a whole. */
export async function readPage(
  stack: FrameStack,
  index: number,
  denoiser: PageDenoiser | undefined,
): Promise<ReadPage> {
  const noisy = await stack.readPage(index, { missing: "keep" });
  return { noisy, masked: denoiser && maskedPage(noisy) };
}

/** Writes what a denoiser makes of a page, by bands of rows where it is a large one; without a denoiser, and where nothing is to be seen, the page as it is. Missing pixels are filled for the denoiser and put back. */
export async function writePage(
  stack: FrameStack,
  index: number,
  denoiser: PageDenoiser | undefined,
  writers: PageWriters,
  { dtype, rounding, assessment, largestPage, onPart, read }: WritePageOptions,
): Promise<PageFound> {
  if (stack.width * stack.height > largestPage && !assessment?.wants(index)) {
    const options = { dtype, rounding, largestPage, onPart };
    const contents = await denoiseLargePage(stack, index, denoiser, writers, options);
    if (contents) return { missing: contents.missing, blank: contents.blank !== undefined };
  }
  const { result, map } = writers;
  const { noisy, masked } = read ?? (await readPage(stack, index, denoiser));
  if (!masked?.whole) {
    await result.writePage(stored(noisy, dtype));
    await map?.writePage(unknownErrors(noisy));
    return { missing: masked?.missing ?? 0, blank: denoiser !== undefined };
  }
  const denoised = await denoiser!.denoise(masked.whole, index, onPart); // there is one where the page is masked
  const written = castImage(denoised.denoised, dtype);
  const restored = masked.restored(written);
  // Floats have missing pixels as such, and integers none.
  rounding?.add(written.dtype === "float32" ? restored : denoised.denoised);
  await result.writePage(restored);
  if (map && denoised.map) await map.writePage(masked.withoutErrors(castImage(denoised.map, "float32")));
  assessment?.add(index, masked.part(masked.whole), masked.part(written));
  return { missing: masked.missing, blank: false };
}

/** A page as files of a type have it: means of integers are rounded. */
const stored = (page: Image, dtype: PixelType): Image =>
  page.dtype === dtype ? page : castImage(page, dtype);
