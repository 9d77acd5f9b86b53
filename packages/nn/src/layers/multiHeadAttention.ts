import {
  formatShape,
  iota,
  le,
  matmul,
  mul,
  reshape,
  type Shape,
  slice,
  softmax,
  split,
  type Tensor,
  transpose,
  where,
} from "@clidim/tensor";
import type { Initializer } from "../initializers/initializer.js";
import { xavierUniform } from "../initializers/xavier.js";
import { zeros } from "../initializers/zeros.js";
import type { Context, Layer, None } from "../layer.js";
import { drop } from "./dropout.js";
import { linear } from "./linear.js";
import type { WeightAndBias } from "./weights.js";

export interface AttentionOptions {
  /** Position i attends to positions 0 .. i only. Default false. */
  readonly causal?: boolean;
  /** Bool, broadcastable to [..., T, S]; positions where it is false are ignored. */
  readonly mask?: Tensor;
  /** Applied to the attention weights. */
  readonly drop?: (weights: Tensor) => Tensor;
}

/** `softmax(query key^T / sqrt(D)) value`: query [..., T, D], key [..., S, D], value [..., S, E] -> [..., T, E]. */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { causal = false, mask, drop: dropped = (weights) => weights }: AttentionOptions = {},
): Tensor {
  const rank = key.shape.length;
  const swapped = [...key.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2);
  let scores = matmul(mul(query, 1 / Math.sqrt(query.shape.at(-1)!)), transpose(key, swapped));
  // Finite, since devices need not honour infinities; exp of it is zero.
  const excluded = -1e30;
  if (causal) {
    const square: Shape = scores.shape.slice(-2);
    scores = where(le(iota(square, 1, "i32"), iota(square, 0, "i32")), scores, excluded);
  }
  if (mask) scores = where(mask, scores, excluded);
  return matmul(dropped(softmax(scores, -1)), value);
}

export interface MultiHeadAttentionOptions {
  /** Number of heads; divides the number of features. */
  readonly heads: number;
  /** Position i attends to positions 0 .. i only. Default false. */
  readonly causal?: boolean;
  /** Probability with which an attention weight is dropped in training. Default 0. */
  readonly dropout?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Default xavierUniform for the joint input projection, that of `linear` for the output projection. */
  readonly weightInit?: Initializer;
  /** Default zeros. */
  readonly biasInit?: Initializer;
}

export type MultiHeadAttentionParams = {
  /** [C, 3 C]: query, key and value side by side. */
  readonly inProjection: WeightAndBias;
  /** [C, C]. */
  readonly outProjection: WeightAndBias;
};

/** Self-attention of a sequence [N, T, C] with itself: PyTorch's MultiheadAttention with batch_first and query = key = value. */
export function multiHeadAttention(
  options: MultiHeadAttentionOptions,
): Layer<MultiHeadAttentionParams, None> {
  const { heads, causal = false, dropout: rate = 0, bias = true, weightInit, biasInit = zeros } = options;
  const check = (shape: Shape): Shape => {
    if (shape.length !== 3 || shape[2]! % heads !== 0) {
      throw new Error(
        `multiHeadAttention: expected x of shape [N,T,C] with C a multiple of ${heads} heads, got ${formatShape(shape)}`,
      );
    }
    return shape;
  };
  const projections = (
    features: number,
  ): readonly [Layer<WeightAndBias, None>, Layer<WeightAndBias, None>] => [
    linear({ out: 3 * features, bias, weightInit: weightInit ?? xavierUniform(), biasInit }),
    linear({ out: features, bias, biasInit, ...(weightInit && { weightInit }) }),
  ];
  return {
    kind: "multiHeadAttention",
    init(key, inputShape) {
      const [inProjection, outProjection] = projections(check(inputShape)[2]!);
      const [inKey, outKey] = split(key) as [Tensor, Tensor]; // split makes two unless told otherwise
      return {
        params: {
          inProjection: inProjection.init(inKey, inputShape).params,
          outProjection: outProjection.init(outKey, inputShape).params,
        },
        stats: {},
      };
    },
    apply({ params, stats }, x, context: Context) {
      const [batch, time, features] = check(x.shape) as readonly [number, number, number]; // rank checked
      const [inProjection, outProjection] = projections(features);
      const joint = inProjection.apply({ params: params.inProjection, stats }, x, context).output;
      const perHead = (part: number): Tensor => {
        const start = [0, 0, part * features];
        const own = slice(joint, start, [batch, time, (part + 1) * features]);
        return transpose(reshape(own, [batch, time, heads, features / heads]), [0, 2, 1, 3]);
      };
      const attended = scaledDotProductAttention(perHead(0), perHead(1), perHead(2), {
        causal,
        drop: (weights) => drop("multiHeadAttention", weights, rate, context),
      });
      const merged = reshape(transpose(attended, [0, 2, 1, 3]), [batch, time, features]);
      return {
        output: outProjection.apply({ params: params.outProjection, stats }, merged, context).output,
        stats,
      };
    },
    outputShape: check,
  };
}
