import type { PageMetrics, Plane } from "@clidim/imaging";
import {
  contrastRectangle,
  evaluatePages,
  evenlySpread,
  InputError,
  isBlank,
  sizeText,
} from "@clidim/imaging";
import { groupFrames } from "../data/frameGroups.js";
import type { NoisyPlane } from "../data/noisyPlane.js";
import { noiseOfPage } from "../data/pageNoise.js";
import type { HeldPage, SceneSplit } from "../data/splitScenes.js";
import { framesOf, type RunConfiguration } from "../protocol/runConfiguration.js";
import type { ImageFigures } from "./metricsLog.js";

/** Crops are at most this wide and high, so that looking at them costs little beside the training. */
const CROP = 256;
const MAX_CROPS = 4;
/** The window of SSIM is so wide and high. */
const SMALLEST = 7;

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
 * of the first training page, for the preview alone; with several frames, of the first group of captures. Pages whose clean image tells nothing, as it is constant or narrower than the window of SSIM, are passed over, and no other page is read.
 * `InputError` where all are.
 */
export async function validationCrops(
  { kind, training, validation }: SceneSplit,
  configuration: Pick<RunConfiguration, "frames" | "noiseLevelMap"> = {},
): Promise<ValidationCrop[]> {
  const { noiseLevelMap = false } = configuration;
  if (validation.length === 0) {
    const { name, noisy, clean } = groupFrames(training[0]!, framesOf(configuration));
    return [await bestCrop({ name, noisy: noisy[0]!, ...(clean && { clean: clean[0]! }) }, noiseLevelMap)];
  }
  const crops = new Map<HeldPage, ValidationCrop>();
  let pages = validation.filter(
    ({ noisy, clean }) => !clean || Math.min(noisy.width, noisy.height) >= SMALLEST,
  );
  for (;;) {
    if (pages.length === 0) throw nothingToJudgeBy(validation, kind);
    const chosen = evenlySpread(Math.min(MAX_CROPS, pages.length), pages.length).map((i) => pages[i]!);
    for (const page of chosen) {
      if (!crops.has(page)) crops.set(page, await bestCrop(page, noiseLevelMap));
    }
    const constant = chosen.filter((page) => isConstant(crops.get(page)!));
    if (constant.length === 0) return chosen.map((page) => crops.get(page)!);
    pages = pages.filter((page) => !constant.includes(page));
  }
}

const isConstant = ({ clean }: ValidationCrop): boolean => clean !== undefined && isBlank(clean);

function nothingToJudgeBy(validation: readonly HeldPage[], kind: SceneSplit["kind"]): InputError {
  const { name, noisy } = validation[0]!;
  const others = validation.length > 1 ? ` and ${validation.length - 1} more` : "";
  return new InputError(
    `${name}, ${sizeText(noisy)} pixels${others}: expected a clean image with contrast, of at least ${SMALLEST} x ${SMALLEST} pixels, to judge what is held out by, got none; hold out another or a larger part, or nothing`,
    { keys: kind === "test" ? ["testNoisy", "testClean", "testRegions"] : ["validation", "split"] },
  );
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
