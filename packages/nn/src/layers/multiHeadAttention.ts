import {
  add,
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
  Tensor,
  transpose,
  where,
} from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import {
  callable,
  checkOptions,
  finite,
  flag,
  fraction,
  initializer,
  required,
  tensorOption,
  wholeFrom,
} from "../checkOptions.js";
import type { Initializer } from "../initializers/initializer.js";
import { xavierUniform } from "../initializers/xavier.js";
import { zeros } from "../initializers/zeros.js";
import type { Context, Layer, LayerResult, None, Variables } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";
import { drop } from "./dropout.js";
import { linear } from "./linear.js";
import type { WeightAndBias } from "./weights.js";

export interface AttentionOptions {
  /** Position i attends to positions 0 .. i only. Default false. */
  readonly causal?: boolean;
  /** Broadcastable to [..., T, S]. Bool: positions where it is false are ignored. Floats are added to the scores. */
  readonly mask?: Tensor;
  /** Of the scores. Default 1 / sqrt(D). */
  readonly scale?: number;
  /** Applied to the attention weights. */
  readonly drop?: (weights: Tensor) => Tensor;
}

/**
 * `softmax(query key^T / sqrt(D)) value`: query [..., T, D], key [..., S, D], value [..., S, E] -> [..., T, E]. PyTorch's function of
 * this name, with its masks.
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  checkOptions("scaledDotProductAttention", options, {
    causal: flag,
    mask: tensorOption,
    scale: finite,
    drop: callable("a function of the weights"),
  });
  const { causal = false, mask, drop: dropped = (weights) => weights } = options;
  checkOperands(query, key, value, mask);
  const rank = key.shape.length;
  const swapped = [...key.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2);
  const { scale = 1 / Math.sqrt(query.shape.at(-1)!) } = options;
  let scores = matmul(mul(query, scale), transpose(key, swapped));
  // Finite, since devices need not honour infinities; exp of it is zero.
  const excluded = scores.dtype === "f16" ? -6e4 : -1e30;
  if (causal) {
    const square: Shape = scores.shape.slice(-2);
    scores = where(le(iota(square, 1, "i32"), iota(square, 0, "i32")), scores, excluded);
  }
  if (mask) scores = mask.dtype === "bool" ? where(mask, scores, excluded) : add(scores, mask);
  return matmul(dropped(softmax(scores, -1)), value);
}

function checkOperands(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | undefined): void {
  const op = "scaledDotProductAttention";
  for (const [name, operand] of Object.entries({ query, key, value })) {
    if (!(operand instanceof Tensor))
      throw new Error(`${op}: ${name} must be a tensor, got ${show(operand)}`);
  }
  const [q, k, v] = [query.shape, key.shape, value.shape];
  if ([q, k, v].some(({ length }) => length < 2) || q.at(-1) !== k.at(-1) || k.at(-2) !== v.at(-2)) {
    throw new Error(
      `${op}: expected query [...,T,D], key [...,S,D] and value [...,S,E], got ${[q, k, v].map(formatShape).join(", ")}`,
    );
  }
  if (!mask) return;
  if (mask.dtype !== "bool" && mask.dtype !== query.dtype) {
    throw new Error(
      `${op}: mask must be bool (true where a position is attended to) or ${query.dtype} (added to the scores), got ${mask.dtype}; cast it`,
    );
  }
  const scores = [...(q.length >= k.length ? q : k).slice(0, -2), q.at(-2)!, k.at(-2)!];
  const { shape } = mask;
  const from = scores.length - shape.length;
  if (from < 0 || shape.some((extent, axis) => extent !== 1 && extent !== scores[from + axis])) {
    throw new Error(
      `${op}: mask ${formatShape(shape)} does not stretch to scores ${formatShape(scores)}; pass [...,T,S], with 1 for what is shared`,
    );
  }
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

/** What attends to what. */
export interface AttentionInputs {
  /** [N, T, C]. */
  readonly query: Tensor;
  /** [N, S, C]. Default: the query. */
  readonly key?: Tensor;
  /** [N, S, C]. Default: the key. */
  readonly value?: Tensor;
  /**
   * Broadcastable to [N, heads, T, S], such as [T, S], or [N, 1, 1, S] for sequences of several lengths. Bool: positions where it is false are
   * ignored (PyTorch's masks of this layer say the opposite). Floats are added to the scores.
   */
  readonly mask?: Tensor;
}

/** A layer that applies to one sequence, and attends to others. */
export interface MultiHeadAttention extends Layer<MultiHeadAttentionParams, None> {
  /** [N, T, C]: the same with keys and values of another sequence, or a mask. `apply` is `attend` with the query alone. */
  attend(
    variables: Variables<MultiHeadAttentionParams, None>,
    inputs: AttentionInputs,
    context: Context,
  ): LayerResult<None>;
}

/**
 * Attention of a sequence [N, T, C] to itself, or by `attend` to another: PyTorch's MultiheadAttention with batch_first, all
 * sequences having C features.
 */
export function multiHeadAttention(options: MultiHeadAttentionOptions): MultiHeadAttention {
  checkOptions("multiHeadAttention", options, {
    heads: required(wholeFrom(1)),
    causal: flag,
    dropout: fraction,
    bias: flag,
    weightInit: initializer,
    biasInit: initializer,
  });
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
  const attend: MultiHeadAttention["attend"] = ({ params, stats }, inputs, context) => {
    checkOptions("multiHeadAttention.attend", inputs, {
      query: required(tensorOption),
      key: tensorOption,
      value: tensorOption,
      mask: tensorOption,
    });
    const { query, key = query, value = key, mask } = inputs;
    const [batch, time, features] = check(query.shape) as readonly [number, number, number]; // rank checked
    checkSequences(query, key, value);
    const perHead = (x: Tensor): Tensor => {
      const extents = [batch, x.shape[1]!, heads, features / heads];
      return transpose(reshape(x, extents), [0, 2, 1, 3]);
    };
    const part = (x: Tensor, index: number): Tensor =>
      slice(
        x,
        x.shape.map((_, axis) => (axis === x.shape.length - 1 ? index * features : 0)),
        x.shape.with(-1, (index + 1) * features),
      );
    const project = (x: Tensor, projection: WeightAndBias, out: number): Tensor =>
      linear({ out }).apply({ params: projection, stats }, x, context).output;
    const { weight, bias: shift } = params.inProjection;
    const projected = (x: Tensor, index: number): Tensor =>
      project(x, { weight: part(weight, index), ...(shift && { bias: part(shift, index) }) }, features);
    const joint = (): readonly Tensor[] => {
      const all = project(query, params.inProjection, 3 * features);
      return [0, 1, 2].map((index) => part(all, index));
    };
    // One product where all three are of the same sequence.
    const sequences =
      key === query && value === query ? joint() : [query, key, value].map((x, index) => projected(x, index));
    const [q, k, v] = sequences.map(perHead) as [Tensor, Tensor, Tensor]; // three went in
    const attended = scaledDotProductAttention(q, k, v, {
      causal,
      ...(mask && { mask }),
      drop: (weights) => drop("multiHeadAttention", weights, rate, context),
    });
    const merged = reshape(transpose(attended, [0, 2, 1, 3]), [batch, time, features]);
    return { output: project(merged, params.outProjection, features), stats };
  };
  const layer = checkedLayer<MultiHeadAttentionParams, None>({
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
    apply: (variables, x, context) => attend(variables, { query: x }, context),
    outputShape: check,
  });
  return { ...layer, attend };
}

/** Throws unless keys and values belong together and to the queries. */
function checkSequences(query: Tensor, key: Tensor, value: Tensor): void {
  const [n, , c] = query.shape;
  const fits = [key, value].every(({ shape }) => shape.length === 3 && shape[0] === n && shape[2] === c);
  if (fits && key.shape[1] === value.shape[1]) return;
  throw new Error(
    `multiHeadAttention: expected query [N,T,C], key [N,S,C] and value [N,S,C], got ${[query, key, value].map(({ shape }) => formatShape(shape)).join(", ")}`,
  );
}
