import type { PageMetrics, Plane } from "@clidim/imaging";
import { contrastRectangle, evaluatePages, evenlySpread } from "@clidim/imaging";
import { groupFrames } from "../data/frameGroups.js";
import type { NoisyPlane } from "../data/noisyPlane.js";
import { noiseOfPage } from "../data/pageNoise.js";
import type { HeldPage, SceneSplit } from "../data/splitScenes.js";
import { framesOf, type RunConfiguration } from "../protocol/runConfiguration.js";
import type { ImageFigures } from "./metricsLog.js";

/** Crops are at most this wide and high, so that looking at them costs little beside the training. */
const CROP = 256;
const MAX_CROPS = 4;

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
