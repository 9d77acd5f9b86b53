import type { Steps } from "@clidim/denoise";
import { counterRandom, cutPlane, evenlySpread, type Plane } from "@clidim/imaging";
import { withoutHotPixels } from "./withoutHotPixels.js";

/** Carries a denoiser over to pages in grey values, as `stabilizer` does. `part` is what is denoised, `whole` the page that it was cut from. */
export type Domain = (part: Plane, whole: Plane) => (denoise: (page: Plane) => Plane) => Plane;

export interface JInvariantLossOptions {
  /** The middle of each page is looked at, at most so many pixels wide and high. */
  readonly side: number;
  /** Pages with a set J left out that are denoised for one value of the parameter, of all pages together. */
  readonly looks: number;
  /**
   * Of a linear filter, at a value of its parameter: the mean of its weights at the pixels around one, as `RING` weights them, over its weight at the pixel itself. Without it, the
   * denoiser is one that goes by the differences between pixels, and the domain's pages have noise of standard deviation 1.
   */
  readonly linear?: (parameter: number) => number;
}

/** At most so many pages are looked at, evenly spread. */
const PAGES = 4;

/** A set J has one pixel of each 4 x 4. */
const STRIDE = 4;

/** Where the pixels of the 16 sets lie in their 4 x 4, row by row; neighbours in this order are far from each other. */
const PLACES = [5, 15, 8, 2, 7, 13, 10, 0, 4, 14, 9, 3, 6, 12, 11, 1] as const;

/** What a pixel's value is made of where it is left out: the eight around it, those beside it twice. */
const RING = [-1, 0, 1].flatMap((dy) =>
  [-1, 0, 1].flatMap((dx) =>
    dx === 0 && dy === 0 ? [] : [{ dx, dy, weight: dx === 0 || dy === 0 ? 2 : 1 }],
  ),
);

/**
 * How badly a denoiser does at a value of its parameter, told by noisy pages alone (Noise2Self, Batson and Royer 2019): of sets J of pixels, one after the other, the mean
 * squared difference in grey values between the noisy pixels of J and what the denoiser makes of them where the page has them replaced by what lies around them. Noise
 * that is independent from pixel to pixel is not in the other pixels; so this is the squared error against the clean page, plus the noise's variance, whatever the parameter.
 *
 * It is the error of a denoiser that does not see the pixel itself, and is used to choose the parameter of one that does. The two differ in what stands in place of the pixel:
 * - A linear filter sees the mean of the ring around it, whose noise is correlated with that of the pixels beside it. With the weight w at the pixel and v at the ring that comes to the variance
 *   `0.14 w^2 + 2 w v` (noise 1) in place of `w^2`: more for wide filters, where w is small, and nearly none for narrow ones, which would seem to be good at removing noise that they keep. So
 *   what lacks of w^2 is given back: a residual against the ring's mean, from a pixel two rows and columns further on (whose ring has no pixel of J), with a random sign.
 * - An adaptive one would see pixels that agree too well with their surroundings, and take little strength to be enough: on real images up to 1.4 dB were lost. So it is applied
 *   twice: what it makes of the ring's mean, at the same parameter, plus noise stands in place of the pixel the second time, so that the ring's errors at edges count for little. That
 *   noise has half the variance of a pixel's: the prediction has noise of its own, which is correlated with that of the pixels beside it, and with the whole variance strengths came out
 *   too high (by a tenth to a third, up to 0.3 dB).
 *
 * Hot pixels (`withoutHotPixels`) are left out and predict nothing: the square of a single one would outweigh all others, and the widest filter be the best.
 *
 * Where it errs: where the noise is less than what the pixels around leave open of a pixel, as in sharp images of many photons, a denoiser does best to keep near the pixel's own value, of
 * which this knows nothing; it then smooths too much (simulated filaments: the blur loses under 0.1 dB up to 100 photons at the brightest, 0.8 dB at 300, 3 dB at 1000, where hardly any noise is left to
 * remove). Noise that is correlated between neighbours, as after interpolation or demosaicing, is in the ring as well and taken for structure: too little is smoothed.
 */
export function jInvariantLoss(
  pages: readonly Plane[],
  domain: Domain,
  denoise: (page: Plane, parameter: number) => Plane,
  { side, looks, linear }: JInvariantLossOptions,
): (parameter: number) => Steps<number> {
  const count = Math.min(PAGES, pages.length);
  const sets = Math.min(PLACES.length, Math.ceil(looks / count));
  const parts = evenlySpread(count, pages.length).map((position) => {
    const whole = withoutHotPixels(pages[position]!);
    const part = middle(whole, side);
    return { part, seen: middle(pages[position]!, side), carry: domain(part, whole) };
  });
  return function* (parameter) {
    let [sum, pixels] = [0, 0];
    for (const { part, seen, carry } of parts) {
      for (const place of PLACES.slice(0, sets)) {
        const { data } = carry((page) => {
          if (linear) return denoise(withRings(page, place, linear(parameter)), parameter);
          const prediction = denoise(withRings(page, place), parameter);
          return denoise(withPredictions(page, place, prediction), parameter);
        });
        for (const at of setOf(part, place)) {
          // A hot pixel.
          if (seen.data[at] !== part.data[at]) continue;
          sum += (data[at]! - part.data[at]!) ** 2;
          pixels++;
        }
        yield;
      }
    }
    return sum / pixels;
  };
}

function middle(page: Plane, side: number): Plane {
  const [width, height] = [Math.min(side, page.width), Math.min(side, page.height)];
  return cutPlane(page, { x: (page.width - width) >> 1, y: (page.height - height) >> 1, width, height });
}

/** The positions of the pixels of a set. */
function* setOf({ width, height }: Plane, place: number): Generator<number, void> {
  for (let y = Math.floor(place / STRIDE); y < height; y += STRIDE) {
    for (let x = place % STRIDE; x < width; x += STRIDE) yield y * width + x;
  }
}

/**
 * The page with the pixels of a set replaced by the means of the pixels around them; with `ratio` plus noise, so that a linear filter with this ratio of weights (`linear`) gets as much
 * noise from a replaced pixel as from any.
 */
function withRings(page: Plane, place: number, ratio?: number): Plane {
  const { width, height } = page;
  const data = Float64Array.from(page.data);
  const { uniform } = counterRandom(0, place);
  // Two pixels on, or back at the border.
  const beside = (i: number, length: number): number =>
    i + STRIDE / 2 < length ? i + STRIDE / 2 : i - STRIDE / 2;
  for (const at of setOf(page, place)) {
    const [x, y] = [at % width, Math.floor(at / width)];
    const { mean, power } = ringMean(page, x, y);
    data[at] = mean;
    if (ratio === undefined) continue;
    const lacking = Math.max(0, 1 - power - 2 * ratio);
    const [besideX, besideY] = [beside(x, width), beside(y, height)];
    const other = ringMean(page, besideX, besideY);
    const residual = page.data[besideY * width + besideX]! - other.mean;
    data[at] += (uniform() < 0.5 ? -1 : 1) * residual * Math.sqrt(lacking / (1 + other.power));
  }
  return { width, height, data };
}

/** The weighted mean of the pixels around one, and the sum of the squares of their weights: the variance of the mean where that of a pixel is 1. */
function ringMean({ width, height, data }: Plane, x: number, y: number): { mean: number; power: number } {
  let [sum, total, squares] = [0, 0, 0];
  for (const { dx, dy, weight } of RING) {
    const [ringX, ringY] = [x + dx, y + dy];
    if (ringX < 0 || ringY < 0 || ringX >= width || ringY >= height) continue;
    sum += weight * data[ringY * width + ringX]!;
    total += weight;
    squares += weight * weight;
  }
  return { mean: sum / total, power: squares / total ** 2 };
}

/** The page with the pixels of a set replaced by predictions with noise of half the variance of a pixel's, the same each time. */
function withPredictions(page: Plane, place: number, { data: predictions }: Plane): Plane {
  const { width, height } = page;
  const data = Float64Array.from(page.data);
  const { normal } = counterRandom(0, place);
  for (const at of setOf(page, place)) data[at] = predictions[at]! + Math.SQRT1_2 * normal();
  return { width, height, data };
}
