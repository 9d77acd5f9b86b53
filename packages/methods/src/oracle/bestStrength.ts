import { foundAtOnce } from "@clidim/denoise";
import type { Float64Plane, NoiseModel, Plane } from "@clidim/imaging";
import { psnr, ssim, stabilized } from "@clidim/imaging";
import type { Searched } from "../search/maximize.js";
import { pagePairs } from "./pagePairs.js";
import { searchParameter } from "./searchParameter.js";

/** The best strength of a classical denoiser and its mean metrics over the pages. */
export interface BestStrength {
  /** In standard deviations of the noise. */
  readonly strength: number;
  /** dB, peak = max - min of the clean page. */
  readonly psnr: number;
  readonly ssim: number;
}

/** How far apart strengths may be that count as one. */
export const strengthTolerance = (at: number): number => at / 10;

/** The strength of a method in the variance-stabilised domain that maximises the mean PSNR, searched on at most four pages (`searchParameter`), and the mean metrics of all pages at it. `op` is named in errors. */
export function bestStrength(
  op: string,
  noisy: readonly Plane[],
  clean: readonly Plane[],
  denoise: (page: Float64Plane, strength: number) => Plane,
  searched: Searched,
): BestStrength {
  const pairs = pagePairs(op, noisy, clean);
  const apply = (page: Plane, { strength }: { readonly strength: number }, noise?: NoiseModel): Plane =>
    stabilized((stable) => denoise(stable, strength), page, noise);
  const search = searchParameter(pairs, { parametersOf: (strength) => ({ strength }), searched });
  const found = foundAtOnce(search, { apply });
  let [decibels, similarity] = [0, 0];
  for (const pair of pairs) {
    const denoised = apply(pair.noisy, found);
    decibels += psnr(denoised, pair.clean) / pairs.length;
    similarity += ssim(denoised, pair.clean) / pairs.length;
  }
  return { ...found, psnr: decibels, ssim: similarity };
}
