import { fromNoiseUnits, type NoiseUnits, noiseUnitsOf, type Plane, toNoiseUnits } from "@clidim/imaging";
import { blendWeight } from "../model/blendWeight.js";
import type { Model } from "../model/modelFile.js";
import type { ComparedPart } from "../protocol/method.js";
import { laterAddedNoiseErrors } from "./addedNoise.js";
import { blendedValues } from "./blend.js";
import type { ChosenClassical, Comparison } from "./contender.js";
import { denoisePage } from "./denoisePage.js";
import { type LaterDenoiser, laterErrors } from "./hiddenPixels.js";
import { letThrough } from "./interruptible.js";
import { modelDenoiser } from "./modelDenoiser.js";
import { exceeds, meanOf } from "./pairedErrors.js";
import { withoutHotPixels } from "./withoutHotPixels.js";

/** At most so many sets of pixels are hidden. */
const SETS = 4;

/** How models in units of the noise are compared. */
export interface ReadyOptions<T extends ComparedPart> {
  readonly blended: boolean;
  /** The units of the page of a part in which the model would be applied to it, whatever noise its pixels share; undefined of a page without noise. */
  readonly unitsOf: (part: T) => NoiseUnits | undefined;
  readonly signal: AbortSignal | undefined;
}

/** `learnt` is that of the mean. It is better where it is less: no more than for another classical method need it be beyond chance, since where two denoisers are level their mean is hardly ever worse than either. */
export interface ReadyComparison extends Comparison {
  /** Of the classical method in a mean with the network, that with the least error: 0 to `MOST_BLENDED`. */
  readonly weight: number;
}

/**
 * A model of images in units of their noise, or its mean with the best classical method where `blended`, and that method, on the hidden pixels that methods are chosen by (`chooseClassical`). Like an adaptive method the network is applied twice, the
 * second time with what it made of hidden pixels in their place, in one orientation. Sets of pixels are hidden one after the other until one of both is worse beyond chance. Parts without noise tell nothing of a model that takes images by theirs, and are left out; undefined where none has any.
 */
export async function compareReadyModel<T extends ComparedPart>(
  model: Model,
  { method, parameters }: Pick<ChosenClassical, "method" | "parameters">,
  parts: readonly T[],
  { blended, unitsOf, signal }: ReadyOptions<T>,
): Promise<ReadyComparison | undefined> {
  const hidden = parts.flatMap((compared) => {
    const part = withoutHotPixels(compared.part);
    const units = unitsOf(compared);
    return units
      ? [{ compared, hiding: { seen: compared.part, part }, carry: throughUnits(part, units) }]
      : [];
  });
  if (hidden.length === 0) return undefined;
  const denoise = modelDenoiser(model, { ensemble: false });
  const network: LaterDenoiser = (page) =>
    denoisePage(denoise, page, model.normalization, model.configuration);
  const [own, classical]: [number[], number[]] = [[], []];
  for (let set = 0; ; ) {
    for (const { compared, hiding, carry } of hidden) {
      await letThrough(signal);
      for (const error of method.contest!.hiddenErrors(compared, set, parameters)) classical.push(error);
      await letThrough(signal);
      const errors = compared.noise.correlation
        ? await laterAddedNoiseErrors(hiding, compared.noise, set, (page) => inOwnUnits(page, network))
        : await laterErrors(hiding, carry, network, set);
      for (const error of errors) own.push(error);
    }
    const clean = { data: new Float32Array(own.length) };
    const { weight } = blended
      ? blendWeight([{ network: { data: own }, classical: { data: classical }, clean }])
      : { weight: 0 };
    const [learnt, others] = [squares(blendedValues(own, classical, weight)), squares(classical)];
    if (++set < SETS && !exceeds(others, learnt) && !exceeds(learnt, others)) continue;
    const [mean, other] = [meanOf(learnt), meanOf(others)];
    return { learnt: mean, classical: other, better: mean < other, weight };
  }
}

const squares = (errors: ArrayLike<number>): number[] => Array.from(errors, (error) => error ** 2);

/** Through the units that a page has by itself; one without noise is left as it is. */
async function inOwnUnits(page: Plane, denoise: LaterDenoiser): Promise<Plane> {
  const units = noiseUnitsOf(page);
  return units ? throughUnits(page, units)(denoise) : page;
}

const throughUnits =
  ({ width, height, data }: Plane, units: NoiseUnits) =>
  async (denoise: LaterDenoiser): Promise<Plane> => {
    const denoised = await denoise({ width, height, data: toNoiseUnits(data, units) });
    return { width, height, data: fromNoiseUnits(denoised.data, units) };
  };
