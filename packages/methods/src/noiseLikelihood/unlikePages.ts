import { type TrainingImages, tellingPart } from "@clidim/denoise";
import { estimateNoise, evenlySpread, type NoiseModel, type Plane } from "@clidim/imaging";

/** At most so many pages are looked at, in a part of each. */
const PAGES = 16;
/** Variances that differ by a larger factor are of pages that one model of noise does not suit: estimates of one camera's pages differ by some tenths. */
const ALIKE = 2;

/**
 * A sentence where one model of noise does not suit all pages: how many times the variance that it says each has of its own, at its mean. So it is where a program scaled pages one by one; a method that learns with the model
 * takes noise for signal in one page and signal for noise in another.
 */
export async function unlikePages(
  scenes: TrainingImages["scenes"],
  { gain, offset }: NoiseModel,
): Promise<string | undefined> {
  const pages = scenes.flatMap(({ noisy }) => noisy);
  const ratios: number[] = [];
  for (const k of evenlySpread(Math.min(PAGES, pages.length), pages.length)) {
    const page = pages[k]!;
    const plane = await tellingPart(page);
    const mean = meanOf(plane);
    const own = estimateNoise(plane);
    const ratio = (own.gain * mean + own.offset) / (gain * mean + offset);
    if (ratio > 0 && Number.isFinite(ratio)) ratios.push(ratio);
  }
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  if (ratios.length < 2 || most / least <= ALIKE) return undefined;
  return (
    `one model of noise does not suit these pages: the variance of their noise is ${least.toFixed(2)} to ${most.toFixed(2)} times what it says, as where pages were scaled one by one; ` +
    "train on pages as the camera counted them, or on those of one scale"
  );
}

function meanOf({ data }: Plane): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  return sum / data.length;
}
