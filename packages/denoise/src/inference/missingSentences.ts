import { type MaskedSource, missingText, type Nodata } from "../data/maskedSource.js";
import type { DenoisedFile } from "./fileDenoiser.js";

/** What is to be said of blank pages and of pixels without a value in a file that was denoised; `asked`: the value that was said to stand for none. */
export function* missingSentences(
  { input, pages, blank = [], missing = 0 }: DenoisedFile,
  masked: MaskedSource["masked"],
  asked: Nodata,
  frames: number,
): Generator<string> {
  if (blank.length > 0 && frames > 1) {
    yield `${input}: ${blank.length} of ${pages} groups of ${frames} captures have a blank one (the first: ${blank[0]}); their results are the means of the captures`;
  } else if (blank.length > 0) {
    const [first] = blank;
    yield blank.length === 1
      ? `${input}: page ${first} is blank, and copied as it is`
      : `${input}: ${blank.length} of ${pages} pages are blank (the first: ${first}), and copied as they are`;
  }
  if (missing > 0) {
    const what = missingText(masked?.value, masked?.dtype);
    yield missing === 1
      ? `${input}: 1 pixel is ${what}; it stays so in the result`
      : `${input}: ${missing} pixels are ${what}; they stay so in the result`;
  } else if (typeof asked === "number" && blank.length === 0) {
    yield `${input}: none of the pixels that were denoised is ${asked}, which was said to stand for no value`;
  }
  if (masked?.infinite()) {
    yield `${input}: pixels of -Infinity are ${masked.value} in the result, as those that stand for no value`;
  }
}
