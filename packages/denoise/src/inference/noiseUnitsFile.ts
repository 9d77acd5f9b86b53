import {
  cutPlane,
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
import { middleOf } from "../data/pageNoise.js";
import type { DenoisedPage, PassesDenoiser } from "./denoisePasses.js";
import type { PageDenoiser } from "./fileDenoiser.js";
import { rowsOfPage } from "./pageRows.js";

/**
 * Pages in grey values by models of pages in units of their noise: each page goes there by its own noise, or that which was measured, and back by the unbiased inverse. The middle of a page tells its units, so that all of its parts have the same.
 * A page without noise comes back as it is.
 */
export function noiseUnitsFile(
  denoiser: Pick<PassesDenoiser, "bands" | "denoise">,
  maps: readonly Normalization[],
  noise: NoiseModel | undefined,
): Required<PageDenoiser> {
  return {
    async denoise(noisy, index, onPart) {
      const units = noiseUnitsOf(cutPlane(noisy, middleOf(noisy)), noise);
      if (!units) return { denoised: noisy };
      return inGreyValues(await denoiser.denoise(planeInUnits(noisy, units), maps, index, onPart), units);
    },
    async *bands(noisy, index, pixels, onPart) {
      const units = noiseUnitsOf(await noisy.read(middleOf(noisy)), noise);
      if (!units) {
        for (const window of rowBands(noisy, pixels)) yield { denoised: await noisy.read(window) };
        return;
      }
      const rows = rowsOfPage(pageInUnits(noisy, units));
      for await (const band of denoiser.bands(rows, maps, index, pixels, onPart))
        yield inGreyValues(band, units);
    },
  };
}

const planeInUnits = ({ width, height, data }: Plane, units: NoiseUnits): NoisyPlane => ({
  width,
  height,
  data: toNoiseUnits(data, units),
});

const pageInUnits = (page: NoisyPage, units: NoiseUnits): NoisyPage => ({
  ...page,
  dtype: "float32",
  read: async (window) => planeInUnits(await page.read(window), units),
});

const inGreyValues = (
  { denoised: { width, height, data } }: DenoisedPage,
  units: NoiseUnits,
): DenoisedPage => ({
  denoised: { width, height, data: fromNoiseUnits(data, units) },
});
