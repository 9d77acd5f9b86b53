import { InputError } from "../image/inputError.js";
import { countsMisfit } from "./countsMisfit.js";
import type { TransferBin, TransferPoint } from "./photonTransfer.js";

/** A line has at least so many points, where there are so many. */
const FEWEST = 6;
/** Bins with fewer pixels at the lowest grey value do not tell why these are there. */
const TELLING = 0.005;
/** They are zeros among counts where `countsMisfit` is below this: up to 0.15 for pure counts of photons, and from about 0.16 with read noise of 1.3 photons. */
const COUNTS = 0.16;

/** The bins of a scene, and what messages call it. */
export interface BinnedScene {
  readonly name: string;
  readonly bins: readonly TransferBin[];
}

export interface WeighedTransfer {
  readonly scenes: readonly { readonly name: string; readonly points: readonly TransferPoint[] }[];
  /** Whether pixels at the lowest grey value are zeros among counts of photons, whose noise is whole. */
  readonly counts: boolean;
  readonly warnings: readonly string[];
}

/**
 * Photon transfer curves with a weight of 0 for brightnesses at which noise was clipped, as it is smaller there. Those that reach the lowest grey value are not clipped where that is had by as many pixels as counts of photons are 0, rather than by as many as of normal noise are clipped. Where too few others
 * are left, they count all the same, with a warning. An `InputError` where all brightnesses reach the highest grey value.
 */
export function weighedTransfer(scenes: readonly BinnedScene[]): WeighedTransfer {
  const bins = scenes.flatMap((scene) => scene.bins).filter(({ variance }) => variance > 0);
  const counts = areCounts(bins.filter(({ reached }) => reached === "lowest"));
  const whole = bins.filter(({ reached }) => reached === undefined || (counts && reached === "lowest"));
  const fewest = Math.min(FEWEST, bins.length);
  const lowest = bins.filter(({ reached }) => reached === "lowest");
  const together = whole.length < fewest && !counts && lowest.length > 0;
  const used = together ? [...whole, ...lowest] : whole;
  const warnings: string[] = [];
  if (together) {
    warnings.push(
      `${lowest.length} of ${bins.length} brightnesses are so near the lowest grey value (${lowest[0]!.lowest}) that their noise may be clipped there; the others are too few to measure on, so that these count too, and the gain is uncertain: measure on brighter images`,
    );
  }
  if (bins.length > 0 && used.length === 0) {
    throw new InputError(
      `${scenes[0]!.name}: all brightnesses are so near the highest grey value (${bins[0]!.highest}) that their noise is clipped there; give images that are less bright`,
    );
  }
  if (!together && used.length < fewest) {
    warnings.push(
      `the noise of ${used.length} of ${bins.length} brightnesses alone is not clipped; gain and offset rest on these: measure on images that are less bright`,
    );
  }
  const chosen = new Set(used);
  return {
    counts,
    warnings,
    scenes: scenes.map((scene) => ({
      name: scene.name,
      points: scene.bins.map((bin) => {
        const { signal, variance, weight, pixels } = bin;
        return { signal, variance, pixels, weight: chosen.has(bin) ? weight : 0 };
      }),
    })),
  };
}

function areCounts(bins: readonly TransferBin[]): boolean {
  const telling = bins.filter(({ signal, lowest, low }) => low > TELLING && signal > lowest);
  return countsMisfit(telling) < COUNTS;
}
