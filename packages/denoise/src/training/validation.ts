import type { PageMetrics, Plane } from "@clidim/imaging";
import { cutPlane, evaluatePages, evenlySpread, percentiles, type Rectangle } from "@clidim/imaging";
import { groupFrames } from "../data/frameGroups.js";
import type { NoisyPlane } from "../data/noisyPlane.js";
import { noiseOfPage } from "../data/pageNoise.js";
import type { HeldPage, SceneSplit } from "../data/splitScenes.js";
import { framesOf, type RunConfiguration } from "../protocol/runConfiguration.js";
import type { ImageFigures } from "./metricsLog.js";

/** Crops are at most this wide and high, so that looking at them costs little beside the training. */
const CROP = 256;
const MAX_CROPS = 4;

function variance({ data }: Plane): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]! - data[0]!;
    sum += value;
    squares += value * value;
  }
  return squares / data.length - (sum / data.length) ** 2;
}

/** Offsets from 0 to `length - part`, half a part or less between them. */
function offsets(length: number, part: number): number[] {
  const steps = Math.ceil((length - part) / (part / 2));
  return Array.from({ length: steps + 1 }, (_, i) => Math.round((i * (length - part)) / Math.max(1, steps)));
}

/** Where a page has the most contrast, at most `side` pixels wide and high. */
export function contrastRectangle(page: Plane, side: number): Rectangle {
  const size = { width: Math.min(side, page.width), height: Math.min(side, page.height) };
  let best = { x: 0, y: 0, variance: -1 };
  for (const y of offsets(page.height, size.height)) {
    for (const x of offsets(page.width, size.width)) {
      const contrast = variance(cutPlane(page, { x, y, ...size }));
      if (contrast > best.variance) best = { x, y, variance: contrast };
    }
  }
  return { x: best.x, y: best.y, ...size };
}

/** A part of a held-out page, and of its truth and its other capture where there are any. */
export interface ValidationCrop {
  readonly name: string;
  readonly noisy: NoisyPlane;
  readonly clean?: Plane;
  readonly capture?: Plane;
}

async function bestCrop(
  { name, noisy, clean, capture }: HeldPage,
  noiseLevelMap: boolean,
): Promise<ValidationCrop> {
  const rectangle = contrastRectangle(await (clean ?? noisy).read(), CROP);
  const noise = noiseLevelMap && { noise: await noiseOfPage(noisy) };
  return {
    name,
    noisy: { ...(await noisy.read(rectangle)), ...noise },
    ...(clean && { clean: await clean.read(rectangle) }),
    ...(capture && { capture: await capture.read(rectangle) }),
  };
}

/**
 * The crops that a run looks at as it goes: one of each of up to four held-out pages, evenly spread; where nothing is held out, one
 * of the first training page, for the preview alone; with several frames, of the first group of captures. No other page is read.
 */
export async function validationCrops(
  { training, validation }: SceneSplit,
  configuration: Pick<RunConfiguration, "frames" | "noiseLevelMap"> = {},
): Promise<ValidationCrop[]> {
  const { noiseLevelMap = false } = configuration;
  if (validation.length === 0) {
    const { name, noisy, clean } = groupFrames(training[0]!, framesOf(configuration));
    return [await bestCrop({ name, noisy: noisy[0]!, ...(clean && { clean: clean[0]! }) }, noiseLevelMap)];
  }
  const count = Math.min(MAX_CROPS, validation.length);
  const crops: ValidationCrop[] = [];
  for (const page of evenlySpread(count, validation.length))
    crops.push(await bestCrop(validation[page]!, noiseLevelMap));
  return crops;
}

/** Mean PSNR (dB) and SSIM over crops whose truth is known: the figures that a log has. */
export function cropMetrics(pages: readonly Plane[], crops: readonly ValidationCrop[]): ImageFigures {
  const { psnr, ssim } = allCropMetrics(pages, crops);
  return { psnr, ssim };
}

/** The means of all metrics of a page over crops whose truth is known. */
export function allCropMetrics(pages: readonly Plane[], crops: readonly ValidationCrop[]): PageMetrics {
  const truths = crops.map(({ name, clean }) => {
    if (!clean) throw new Error(`allCropMetrics: ${name} has no clean page`);
    return clean;
  });
  return evaluatePages(pages, truths).mean;
}

/** The grey values shown as black and white when a page without much noise is shown: its percentiles 0.1 and 99.9. */
export function displayRange(page: Plane): { readonly low: number; readonly high: number } {
  const [low, high] = percentiles([page], [0.1, 99.9]) as [number, number]; // one value per percentage
  if (high > low) return { low, high };
  const [min, max] = percentiles([page], [0, 100]) as [number, number]; // as above
  return { low: min, high: max };
}
