import {
  fromNoiseUnits,
  type NoiseModel,
  type NoiseUnits,
  type Normalization,
  noiseUnitsOf,
  type Plane,
  rowBands,
  toNoiseUnits,
} from "@clidim/imaging";
import type { NoisyPage, NoisyPlane } from "../data/noisyPlane.js";
import { noiseOfPart, tellingPart, tellingPartOf } from "../data/pageNoise.js";
import type { DenoisedPage, PassesDenoiser } from "./denoisePasses.js";
import type { FileDenoiser, PageDenoiser } from "./fileDenoiser.js";
import { rowsOfPage } from "./pageRows.js";

/**
 * Pages in grey values by models of pages in units of their noise: each page goes there by its own noise, or that which was measured, and back by the unbiased inverse. A part of a page tells its units (`tellingPart`), so that all of its parts have the same.
 * A page without noise there comes back as it is, of which the remark tells; `name` is what that calls the file.
 */
export function noiseUnitsFile(
  denoiser: Pick<PassesDenoiser, "bands" | "denoise">,
  maps: readonly Normalization[],
  noise: NoiseModel | undefined,
  name: string,
): FileDenoiser & Required<PageDenoiser> {
  /** By their numbers: a page may be gone through more than once. */
  const noiseless = new Set<number>();
  return {
    async denoise(noisy, index, onPart) {
      const units = pageUnits(noisy, noise);
      if (!units) {
        noiseless.add(index);
        return { denoised: noisy };
      }
      return inGreyValues(await denoiser.denoise(planeInUnits(noisy, units), maps, index, onPart), units);
    },
    async *bands(noisy, index, pixels, onPart) {
      const units = await lazyPageUnits(noisy, noise);
      if (!units) {
        noiseless.add(index);
        for (const window of rowBands(noisy, pixels)) yield { denoised: await noisy.read(window) };
        return;
      }
      const rows = rowsOfPage(pageInUnits(noisy, units));
      for await (const band of denoiser.bands(rows, maps, index, pixels, onPart))
        yield inGreyValues(band, units);
    },
    remark() {
      const count = noiseless.size;
      if (count === 0) return undefined;
      const [have, are] = count === 1 ? ["1 page has", "is"] : [`${count} pages have`, "are"];
      const advice = noise ? "" : "; where there is noise elsewhere, give it as it was measured (noise)";
      return `${name}: ${have} no noise where the contrast is largest, by which the model takes its images, and ${are} in the result as before${advice}`;
    },
  };
}

/** The units of a page in memory: of its own noise, or of that which was measured. */
export const pageUnits = (page: NoisyPlane, noise: NoiseModel | undefined): NoiseUnits | undefined =>
  unitsOf(tellingPartOf(page), noise);

/** `pageUnits` of a page that is not. */
export const lazyPageUnits = async (
  page: NoisyPage,
  noise: NoiseModel | undefined,
): Promise<NoiseUnits | undefined> => unitsOf(await tellingPart(page), noise);

const unitsOf = (part: NoisyPlane, noise: NoiseModel | undefined): NoiseUnits | undefined =>
  noiseUnitsOf(part, noise ?? noiseOfPart(part));

const planeInUnits = ({ width, height, data }: Plane, units: NoiseUnits): NoisyPlane => ({
  width,
  height,
  data: toNoiseUnits(data, units),
});

const pageInUnits = (page: NoisyPage, units: NoiseUnits): NoisyPage => ({
  width: page.width,
  height: page.height,
  dtype: "float32",
  ...(page.rowsAtOnce !== undefined && { rowsAtOnce: page.rowsAtOnce }),
  read: async (window) => planeInUnits(await page.read(window), units),
});

const inGreyValues = (
  { denoised: { width, height, data } }: DenoisedPage,
  units: NoiseUnits,
): DenoisedPage => ({
  denoised: { width, height, data: fromNoiseUnits(data, units) },
});
