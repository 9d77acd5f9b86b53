import { customVjp } from "@clidim/autograd";
import {
  add,
  cast,
  formatShape,
  mul,
  ones,
  reshape,
  rsqrt,
  type Shape,
  sizeOf,
  stopGradient,
  sub,
  sum,
  type Tensor,
  zeros,
} from "@clidim/tensor";
import { atLeastZero, checkOptions, fraction } from "../checkOptions.js";
import type { Layer } from "../layer.js";
import { type Affine, type AffineOptions, affineOptions, initAffine } from "./affine.js";
import { checkedLayer } from "./checkedLayer.js";
import { moments } from "./standardize.js";

/** Running estimates, per channel. */
export type BatchNormStats = { readonly mean: Tensor; readonly variance: Tensor };

export interface BatchNormOptions extends AffineOptions {
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
  /** Weight of the new batch in the running statistics. Default 0.1. */
  readonly momentum?: number;
}

const scaleAndShift = (
  { weight, bias }: Affine,
  centred: Tensor,
  variance: Tensor,
  epsilon: number,
): Tensor => {
  const inverse = rsqrt(add(variance, epsilon));
  const scaled = mul(centred, weight ? mul(weight, inverse) : inverse);
  return bias ? add(scaled, bias) : scaled;
};

/**
 * y = weight * h + bias with h = (x - mean) / sqrt(variance + epsilon) over all axes but the last. The gradient is written out, as it
 * needs no reduction beyond those of weight and bias: with n values per channel,
 * dbias = sum dy, dweight = sum dy h, dx = weight / sqrt(variance + epsilon) * (dy - (dbias + h dweight) / n).
 */
function normalizeBatch(x: Tensor, affine: Affine, epsilon: number): Tensor {
  const axes = [...x.shape.keys()].slice(0, -1);
  const forward = (input: Tensor, params: Affine): Tensor => {
    const { centred, variance } = moments(input, axes);
    return scaleAndShift(params, centred, variance, epsilon);
  };
  const backward = (dy: Tensor, [input, { weight, bias }]: readonly [Tensor, Affine]): [Tensor, Affine] => {
    const { centred, variance } = moments(input, axes);
    const inverse = rsqrt(add(variance, epsilon));
    const normalized = mul(centred, inverse);
    const dbias = sum(dy, axes);
    const dweight = sum(mul(dy, normalized), axes);
    const share = x.shape.at(-1)! / sizeOf(x.shape);
    const centredGradient = sub(dy, add(mul(dbias, share), mul(normalized, mul(dweight, share))));
    const dx = mul(centredGradient, weight ? mul(weight, inverse) : inverse);
    return [dx, { ...(weight && { weight: dweight }), ...(bias && { bias: dbias }) }];
  };
  return customVjp(forward, backward)(x, affine);
}

/**
 * Normalises each channel (last axis) of [N, ..., C] over all other axes: PyTorch's BatchNorm1d/2d/3d. Training uses the biased
 * variance of the batch and moves the running statistics towards it (with the unbiased variance, n / (n - 1)); otherwise the
 * running statistics are used. Starts at mean 0, variance 1. Halves are normalised in f32.
 */
export function batchNorm(options: BatchNormOptions = {}): Layer<Affine, BatchNormStats> {
  checkOptions("batchNorm", options, { epsilon: atLeastZero, momentum: fraction, ...affineOptions });
  const { epsilon = 1e-5, momentum = 0.1 } = options;
  const channelsOf = (shape: Shape): number => {
    if (shape.length < 2)
      throw new Error(`batchNorm: expected x of shape [N,...,C], got ${formatShape(shape)}`);
    return shape.at(-1)!;
  };
  return checkedLayer<Affine, BatchNormStats>({
    kind: "batchNorm",
    init(key, inputShape) {
      const shape = [channelsOf(inputShape)];
      return {
        params: initAffine(key, shape, options),
        stats: { mean: zeros(shape), variance: ones(shape) },
      };
    },
    apply({ params, stats }, x, { train }) {
      const channels = channelsOf(x.shape);
      if (stats.mean.shape[0] !== channels) {
        throw new Error(
          `batchNorm: x has ${channels} channels, the statistics ${stats.mean.shape[0]} (x ${formatShape(x.shape)})`,
        );
      }
      const wide = cast(x, "f32");
      // Nothing was seen that could move the statistics.
      if (!train || sizeOf(x.shape) === 0) {
        const output = scaleAndShift(params, sub(wide, stats.mean), stats.variance, epsilon);
        return { output: cast(output, x.dtype), stats };
      }

      const count = sizeOf(x.shape) / channels;
      if (count < 2) {
        throw new Error(
          `batchNorm: training needs more than one value per channel, got x ${formatShape(x.shape)}; use a larger batch or image`,
        );
      }
      const batch = moments(wide, [...x.shape.keys()].slice(0, -1));
      const move = (running: Tensor, current: Tensor, correction: number): Tensor =>
        add(
          mul(running, 1 - momentum),
          mul(stopGradient(reshape(current, [channels])), momentum * correction),
        );
      return {
        output: cast(normalizeBatch(wide, params, epsilon), x.dtype),
        stats: {
          mean: move(stats.mean, batch.mean, 1),
          variance: move(stats.variance, batch.variance, count / (count - 1)),
        },
      };
    },
    outputShape(inputShape) {
      channelsOf(inputShape);
      return inputShape;
    },
  });
}
