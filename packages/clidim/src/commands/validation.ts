import type { Plane } from "@clidim/imaging";
import { cutPlane, evaluatePages, evenlySpread, percentiles, type Rectangle } from "@clidim/imaging";
import type { SceneSplit, ValidationPage } from "./splitScenes.js";

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

/** Where a clean page has the most contrast, at most `side` pixels wide and high. */
export function contrastRectangle(clean: Plane, side: number): Rectangle {
  const size = { width: Math.min(side, clean.width), height: Math.min(side, clean.height) };
  let best = { x: 0, y: 0, variance: -1 };
  for (const y of offsets(clean.height, size.height)) {
    for (const x of offsets(clean.width, size.width)) {
      const contrast = variance(cutPlane(clean, { x, y, ...size }));
      if (contrast > best.variance) best = { x, y, variance: contrast };
    }
  }
  return { x: best.x, y: best.y, ...size };
}

function bestCrop({ name, noisy, clean }: ValidationPage): ValidationPage {
  const rectangle = contrastRectangle(clean, CROP);
  return { name, noisy: cutPlane(noisy, rectangle), clean: cutPlane(clean, rectangle) };
}

/**
 * The crops that a run looks at as it goes: one of each of up to four held-out pages, evenly spread; where nothing is held out, one
 * of the first training page, for the preview alone.
 */
export function validationCrops({ training, validation }: SceneSplit): ValidationPage[] {
  if (validation.length === 0) {
    const { name, noisy, clean } = training[0]!;
    return [bestCrop({ name, noisy: noisy[0]!, clean: clean[0]! })];
  }
  const count = Math.min(MAX_CROPS, validation.length);
  return evenlySpread(count, validation.length).map((page) => bestCrop(validation[page]!));
}

/** Mean PSNR (dB) and SSIM over the crops. */
export function cropMetrics(
  pages: readonly Plane[],
  crops: readonly ValidationPage[],
): { readonly psnr: number; readonly ssim: number } {
  const { psnr, ssim } = evaluatePages(
    pages,
    crops.map(({ clean }) => clean),
  ).mean;
  return { psnr, ssim };
}

/** The grey values shown as black and white when `clean` is shown: its percentiles 0.1 and 99.9. */
export function displayRange(clean: Plane): { readonly low: number; readonly high: number } {
  const [low, high] = percentiles([clean], [0.1, 99.9]) as [number, number]; // one value per percentage
  if (high > low) return { low, high };
  const [min, max] = percentiles([clean], [0, 100]) as [number, number]; // as above
  return { low: min, high: max };
}
