import {
  addedNoiseErrors,
  type Carry,
  HIDDEN_SETS,
  hiddenErrors,
  type RingRatio,
  type Steps,
  showingPages,
  tellingPages,
} from "@clidim/denoise";
import { cutPlane, type NoiseModel, type Plane } from "@clidim/imaging";

/** How denoisers of a page with a noise are carried over to grey values. */
export type Domain = (page: Plane, noise: NoiseModel) => Carry;

export interface JInvariantLossOptions {
  /** Of each page as many pixels are looked at as a square of this side has, where there is something to be seen (`tellingPages`). */
  readonly side: number;
  /** Pages with a set J left out that are denoised for one value of the parameter, of all pages together. */
  readonly looks: number;
  readonly linear?: RingRatio<number>;
}

/** At most so many pages are looked at (`showingPages`). */
const PAGES = 4;

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
 * remove).
 *
 * Noise that neighbours share, as after interpolation or demosaicing, is in the ring as well, and would be taken for structure. Where `noiseOf` a page says that pixels share noise, nothing is hidden: it is the loss of `addedNoiseErrors`.
 */
export function jInvariantLoss(
  pages: readonly Plane[],
  noiseOf: (page: Plane) => NoiseModel,
  domain: Domain,
  denoise: (page: Plane, parameter: number) => Plane,
  { side, looks, linear }: JInvariantLossOptions,
): (parameter: number) => Steps<number> {
  const looked = showingPages(pages, PAGES);
  const sets = Math.min(HIDDEN_SETS, Math.ceil(looks / looked.length));
  const parts = tellingPages(looked, side).flatMap(({ page, whole, rectangles }) => {
    const noise = noiseOf(whole);
    return rectangles.map((rectangle) => {
      const part = cutPlane(whole, rectangle);
      return { hiding: { part, seen: cutPlane(page, rectangle) }, noise, carry: domain(part, noise) };
    });
  });
  return function* (parameter) {
    let [sum, pixels] = [0, 0];
    for (const { hiding, noise, carry } of parts) {
      for (let set = 0; set < sets; set++) {
        const errors = noise.correlation
          ? addedNoiseErrors(hiding, noise, set, (page, own) =>
              domain(page, own)((carried) => denoise(carried, parameter)),
            )
          : hiddenErrors(hiding, carry, denoise, parameter, set, linear);
        for (const error of errors) {
          sum += error ** 2;
          pixels++;
        }
        yield;
      }
    }
    return sum / pixels;
  };
}
