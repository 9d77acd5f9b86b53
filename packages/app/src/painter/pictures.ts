import type { PlanePixels } from "../engine/engine.js";
import type { Contrast } from "../engine/painter.js";

/** Red, green and blue from 0 to 255. */
type Colour = readonly [number, number, number];

/** Of a residual: what was taken away is orange, what was added is blue, nothing is nearly black. */
const NEGATIVE: Colour = [92, 168, 255];
const NEUTRAL: Colour = [22, 26, 25];
const POSITIVE: Colour = [255, 158, 74];
/** Of an uncertainty that is laid over the image. */
const UNCERTAIN: Colour = [255, 84, 186];

const word = (r: number, g: number, b: number): number => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
const mixed = (from: number, to: number, part: number): number => Math.round(from + (to - from) * part);

function bitmapOf(width: number, height: number, paint: (words: Uint32Array) => void): Promise<ImageBitmap> {
  const image = new ImageData(width, height);
  paint(new Uint32Array(image.data.buffer));
  return createImageBitmap(image);
}

/** From black to a colour, `#rrggbb`, in 256 steps. */
function ramp(colour: string): Uint32Array {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as [
    number,
    number,
    number,
  ]; // one per place
  return Uint32Array.from({ length: 256 }, (_, i) =>
    word(mixed(0, r, i / 255), mixed(0, g, i / 255), mixed(0, b, i / 255)),
  );
}

const GREYS: Uint32Array = ramp("#ffffff");
/** From -1 to 1 in 511 steps. */
const DIVERGING: Uint32Array = Uint32Array.from({ length: 511 }, (_, i) => {
  const value = (i - 255) / 255;
  const end = value < 0 ? NEGATIVE : POSITIVE;
  const part = Math.abs(value);
  return word(
    mixed(NEUTRAL[0], end[0], part),
    mixed(NEUTRAL[1], end[1], part),
    mixed(NEUTRAL[2], end[2], part),
  );
});

/** The step of 256 that a value is shown in; of NaN, 0. */
const stepOf = (value: number, low: number, factor: number): number => {
  const step = (value - low) * factor;
  return step > 0 ? (step < 255 ? step | 0 : 255) : 0;
};

const factorOf = ({ low, high }: Contrast): number => 255.999 / Math.max(high - low, Number.MIN_VALUE);

/** From black at `low` to white, or the colour `#rrggbb` that is given, at `high`, linear. Pixels that are no number are transparent. */
export function greyPicture(
  { width, height, data }: PlanePixels,
  contrast: Contrast,
  colour?: string,
): Promise<ImageBitmap> {
  const factor = factorOf(contrast);
  const steps = colour === undefined ? GREYS : ramp(colour);
  return bitmapOf(width, height, (words) => {
    for (let i = 0; i < data.length; i++) {
      const value = data[i]!;
      words[i] = Number.isNaN(value) ? 0 : steps[stepOf(value, contrast.low, factor)]!;
    }
  });
}

/** What was taken away, from `-limit` to `limit`. Both planes have one size. */
export function residualPicture(
  noisy: PlanePixels,
  denoised: PlanePixels,
  limit: number,
): Promise<ImageBitmap> {
  const factor = 255 / Math.max(limit, Number.MIN_VALUE);
  return bitmapOf(noisy.width, noisy.height, (words) => {
    for (let i = 0; i < words.length; i++) {
      const step = Math.round((noisy.data[i]! - denoised.data[i]!) * factor);
      words[i] = Number.isNaN(step) ? 0 : DIVERGING[Math.min(510, Math.max(0, step + 255))]!;
    }
  });
}

/** The denoised plane in grey, with more colour the less certain it is: none at the low end of `range`, most at its high end. */
export function uncertaintyPicture(
  denoised: PlanePixels,
  spread: PlanePixels,
  contrast: Contrast,
  range: Contrast,
): Promise<ImageBitmap> {
  const factor = factorOf(contrast);
  const span = Math.max(range.high - range.low, Number.MIN_VALUE);
  return bitmapOf(denoised.width, denoised.height, (words) => {
    for (let i = 0; i < words.length; i++) {
      const grey = stepOf(denoised.data[i]!, contrast.low, factor);
      const part = 0.85 * Math.min(1, Math.max(0, (spread.data[i]! - range.low) / span || 0));
      words[i] = word(
        mixed(grey, UNCERTAIN[0], part),
        mixed(grey, UNCERTAIN[1], part),
        mixed(grey, UNCERTAIN[2], part),
      );
    }
  });
}

/** The value that 99.5 % of the differences do not pass, from at most 65536 of them: the ends of the residual's scale. */
export function residualLimit(noisy: PlanePixels, denoised: PlanePixels): number {
  const step = Math.max(1, Math.floor(noisy.data.length / 65536));
  const sizes: number[] = [];
  for (let i = 0; i < noisy.data.length; i += step) {
    const size = Math.abs(noisy.data[i]! - denoised.data[i]!);
    if (Number.isFinite(size)) sizes.push(size);
  }
  const sorted = Float64Array.from(sizes).sort();
  return sorted[Math.floor(0.995 * (sorted.length - 1))] || 1;
}
