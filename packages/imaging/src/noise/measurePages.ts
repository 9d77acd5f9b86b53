import { InputError } from "../image/inputError.js";
import { blankText, isBlank } from "../missing/missingPixels.js";
import { pageVariances } from "./estimateNoise.js";
import { finishMeasurement, sentenceOfEnds } from "./finishMeasurement.js";
import { GreyEnds } from "./greyEnds.js";
import { measuredPart } from "./measuredPart.js";
import type { MeasureOptions, Scene } from "./measureFrames.js";
import type { NoiseMeasurement } from "./noiseMeasurement.js";
import type { TransferPoint } from "./photonTransfer.js";
import { sentenceOfBlank } from "./sentenceOfBlank.js";

/** Gains of images by themselves differ by about as much with structures. */
const APART = 0.5;

/** Residuals of the mask share pixels, so that their squares tell as much as those of so many times fewer that are independent: the sum of the squares of its autocorrelation. */
const MASKED = 3.8;

/** The side of the smallest image that tells its noise, pixels. */
const SMALLEST = 16;

/**
 * Measures the noise of single images by `pageVariances`, from what differs between neighbouring pixels: no second capture is needed, and nothing is known of the distribution beside its variance. The curve is that of all pages
 * together. Of pages larger than 2048 x 2048 pixels a part is looked at (`measuredPart`). Pages without noise are left out; where all are, that is an `InputError`, as is a page that is too small.
 */
export async function measurePages(
  images: readonly Scene[],
  { black, signal, onProgress }: Omit<MeasureOptions, "dark"> = {},
): Promise<NoiseMeasurement> {
  const total = images.reduce((sum, { frames }) => sum + frames.length, 0);
  let [done, used] = [0, 0];
  const scenes: { name: string; points: TransferPoint[] }[] = [];
  const warnings: string[] = [];
  for (const { name, frames } of images) {
    const points: TransferPoint[] = [];
    const ends = new GreyEnds();
    let [blank, text] = [0, ""];
    for (const frame of frames) {
      signal?.throwIfAborted();
      if (Math.min(frame.width, frame.height) < SMALLEST) {
        throw new InputError(
          `${name} is ${frame.width} x ${frame.height} pixels, expected at least ${SMALLEST} x ${SMALLEST} to tell its noise`,
          { file: name },
        );
      }
      const page = await frame.read(await measuredPart([frame]));
      onProgress?.(++done, total);
      if (isBlank(page)) {
        blank++;
        text ||= blankText(page);
        continue;
      }
      const found = pageVariances(page);
      if (found.line.gain > 0 || found.line.offset > 0) {
        points.push(...found.points);
        used++;
      }
      ends.add(page.data);
    }
    warnings.push(...sentenceOfBlank(name, { blank, pages: frames.length, text }));
    if (blank < frames.length) warnings.push(...sentenceOfEnds(name, ends.finish()));
    scenes.push({ name, points });
  }
  if (used === 0) {
    throw new InputError(
      `${images[0]!.name}: neighbouring pixels do not differ by noise, so that there is none to measure`,
    );
  }
  return finishMeasurement({
    from: "pages",
    images: used,
    ...(black !== undefined && { black }),
    scenes,
    apart: APART,
    errorOf: (pixels) => Math.sqrt((2 * MASKED) / pixels),
    warnings,
  });
}
