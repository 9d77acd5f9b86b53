import {
  cutPlane,
  estimateNoise,
  evenlySpread,
  type LazyPage,
  largestWhole,
  measuredPart,
  missingPixels,
  type NoiseMeasurement,
  type Plane,
  percentiles,
} from "@clidim/imaging";

/** So many images, evenly spread, are compared. */
const IMAGES = 8;
/** A standard deviation of the noise that is further off is another camera setting's; what an image alone tells is off by less, but for noise that neighbours share. */
const APART = 0.25;
/** Grey values are compared by these percentiles. */
const [LOW, HIGH] = [1, 99];
const SMALLEST = 16;

/** Where images do not seem to have the noise that was measured elsewhere, in sentences: grey values that were not measured, and noise of another strength. */
export async function imagesAgainstNoise(
  { gain, offset, transfer }: NoiseMeasurement,
  images: readonly { readonly name: string; readonly page: LazyPage }[],
): Promise<string[]> {
  const [darkest, brightest] = [transfer[0]!, transfer.at(-1)!];
  // Noise spreads grey values beyond the signals. In the dark a line may fall to 0 where there is a little.
  const lowest = darkest.signal - 3 * Math.sqrt(darkest.variance) - 1;
  const highest = brightest.signal + 3 * Math.sqrt(brightest.variance) + 1;
  const sentences: string[] = [];
  for (const at of evenlySpread(Math.min(IMAGES, images.length), images.length)) {
    const { name, page } = images[at]!;
    if (Math.min(page.width, page.height) < SMALLEST) continue;
    const plane = presentPart(await page.read(await measuredPart([page])));
    if (!plane || Math.min(plane.width, plane.height) < SMALLEST) continue;
    const [low, high] = percentiles([plane], [LOW, HIGH]) as [number, number]; // one value per percentage
    const noiseAt = (signal: number): number => Math.sqrt(Math.max(0, gain * signal + offset));
    if (high > highest || low < lowest) {
      sentences.push(
        `${name} has grey values from ${low.toPrecision(4)} to ${high.toPrecision(4)} (percentiles ${LOW} and ${HIGH}), the calibration signals from ${darkest.signal.toPrecision(4)} to ${brightest.signal.toPrecision(4)}: of what lies beyond nothing was measured`,
      );
    }
    let sum = 0;
    for (let i = 0; i < plane.data.length; i++) sum += plane.data[i]!;
    const mean = sum / plane.data.length;
    const own = estimateNoise(plane);
    const deviation = Math.sqrt(Math.max(0, own.gain * mean + own.offset));
    const ratio = deviation / noiseAt(mean);
    if (ratio === Number.POSITIVE_INFINITY) {
      sentences.push(
        `the calibration has no noise at ${mean.toPrecision(4)} grey values, where that of ${name} seems to be ${deviation.toPrecision(3)}: results will be wrong; measure the noise with the camera settings of the images`,
      );
    } else if (ratio > 1 + APART || ratio < 1 - APART) {
      sentences.push(
        `the noise of ${name} seems to be ${ratio.toFixed(2)} times that of the calibration (at ${mean.toPrecision(4)} grey values): was it another gain or binning?`,
      );
    }
  }
  return sentences;
}

/** The largest part of a page without missing pixels. */
function presentPart(page: Plane): Plane | undefined {
  const missing = missingPixels(page);
  if (!missing) return page;
  const part = largestWhole(missing, page.width);
  return part && cutPlane(page, part);
}
