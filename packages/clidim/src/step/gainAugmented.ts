import { add, concat, exp, foldIn, mul, reshape, slice, sub, type Tensor, uniform } from "@clidim/tensor";
import type { Configuration } from "../schema.js";
import type { TrainingStep } from "./step.js";

/** Sets its draws apart from those of the step, which are the same without it. */
const GAIN = 0x6761696e;

/**
 * A step on images as under other exposures: the crops of a batch, noisy, clean and other captures alike, become f (v - black) + black with a factor f for each sample, uniform in its logarithm between
 * 1 / (1 + gainAugment) and 1 + gainAugment. Black is the network value of the lowest grey values. The noise grows with the image, as it does with a camera's gain. With 0 it is the step itself.
 */
export function gainAugmented(
  { gainAugment, normalization }: Pick<Configuration, "gainAugment" | "normalization">,
  step: TrainingStep,
): TrainingStep {
  if (gainAugment === 0) return step;
  const most = Math.log1p(gainAugment);
  const black = blackOf(normalization);
  return (state, batch, context) => {
    const samples = batch.noisy.shape[0]!;
    const drawn = uniform(foldIn(context.key, GAIN), [samples, 1, 1, 1], { low: -most, high: most });
    const factors = exp(drawn);
    const exposed = (image: Tensor): Tensor => add(mul(sub(image, black), factors), black);
    return step(
      state,
      {
        ...batch,
        noisy: exposed(batch.noisy),
        clean: exposed(batch.clean),
        ...(batch.capture && { capture: exposed(batch.capture) }),
        ...(batch.noise && { noise: exposedNoise(batch.noise, factors, black) }),
      },
      context,
    );
  };
}

/**
 * Gain a and offset b of the variance a v + b of noise, [2,N,2], after v' = f (v - black) + black: the variance f^2 (a v + b) is a' v' + b' with a' = f a and
 * b' = f^2 b + f (f - 1) black a.
 */
function exposedNoise(noise: Tensor, factors: Tensor, black: number): Tensor {
  const samples = factors.shape[0]!;
  const f = reshape(factors, [1, samples, 1]);
  const [a, b] = [0, 1].map((column) => slice(noise, [0, 0, column], [2, samples, column + 1])) as [
    Tensor,
    Tensor,
  ]; // one for each column
  const gain = mul(f, a);
  const offset = add(mul(mul(f, f), b), mul(mul(gain, sub(f, 1)), black));
  return concat([gain, offset], 2);
}

/** Where the darkest values go; a standard normalisation, which the keys refuse, has no such place. */
function blackOf(normalization: Configuration["normalization"]): number {
  switch (normalization.mode) {
    case "percentile":
      return -normalization.bound;
    case "minmax":
      return -1;
    case "standard":
      throw new Error("gainAugmented: a standard normalisation has no black level");
    default:
      return normalization satisfies never;
  }
}
