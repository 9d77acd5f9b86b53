import {
  add,
  concat,
  exp,
  foldIn,
  lt,
  maximum,
  mul,
  normal,
  reshape,
  slice,
  split,
  sqrt,
  sub,
  type Tensor,
  uniform,
  where,
} from "@clidim/tensor";
import { drawsNoise } from "../batchMembers.js";
import type { Configuration } from "../schema.js";
import type { TrainingStep } from "./step.js";

/** Sets its draws apart from those of the step, which are the same without it. */
const NOISE = 0x6e6f6973;

/**
 * A step on crops with more noise of their kind, as of shorter exposures: its variance is f times that of the page, with a factor f for each sample, uniform in its logarithm between 1 and
 * 1 + noiseAugment. Of the part `simulatedNoise` of the samples, drawn anew in each update, all noise is drawn, on the clean crop; the others get what they lack, as noise of two sources adds up in its variance:
 *
 *     noisy' = clean + sqrt(f s^2) z        or        noisy' = noisy + sqrt((f - 1) s^2) z,        s^2 = max(0, gain clean + offset)
 *
 * with z normal, drawn for each pixel and each frame, and s^2 the Poisson-Gaussian variance that was estimated in the page, at the expected value of the pixel. `noise` of the batch follows. Without either key it is the step
 * itself.
 */
export function noiseAugmented(
  configuration: Pick<Configuration, "noiseAugment" | "simulatedNoise">,
  step: TrainingStep,
): TrainingStep {
  if (!drawsNoise(configuration)) return step;
  const { noiseAugment, simulatedNoise } = configuration;
  return (state, batch, context) => {
    const { noisy, clean, noise } = batch;
    if (!noise) {
      throw new Error("noiseAugmented: needs batches with noise [2,N,2], the gain and offset of the pages");
    }
    const samples = noisy.shape[0]!;
    const each = [samples, 1, 1, 1];
    const [amountKey, choiceKey, noiseKey] = split(foldIn(context.key, NOISE), 3);
    const factor = exp(uniform(amountKey, each, { low: 0, high: Math.log1p(noiseAugment) }));
    const ofCrops = slice(noise, [0, 0, 0], [1, samples, 2]);
    const column = (i: number): Tensor => reshape(slice(ofCrops, [0, 0, i], [1, samples, i + 1]), each);
    const variance = maximum(add(mul(clean, column(0)), column(1)), 0);
    const drawn = normal(noiseKey, noisy.shape);
    const withMore = (image: Tensor, times: Tensor): Tensor =>
      add(image, mul(sqrt(mul(variance, times)), drawn));
    const simulated = lt(uniform(choiceKey, each), simulatedNoise);
    return step(
      state,
      {
        ...batch,
        noisy: where(simulated, withMore(clean, factor), withMore(noisy, sub(factor, 1))),
        noise: concat(
          [mul(ofCrops, reshape(factor, [1, samples, 1])), slice(noise, [1, 0, 0], [2, samples, 2])],
          0,
        ),
      },
      context,
    );
  };
}
