import {
  add,
  type DType,
  formatShape,
  iota,
  le,
  reshape,
  type Shape,
  slice,
  split,
  Tensor,
  take,
  transpose,
  where,
  zeros as zeroTensor,
} from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import {
  accepted,
  checkOptions,
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
import { append, type KeyValueCache } from "./keyValueCache.js";
import { linear } from "./linear.js";
import { type RotaryOptions, type Rotation, rotaryOptions, rotate, rotationOf } from "./rotaryEmbedding.js";
import { scaledDotProductAttention } from "./scaledDotProductAttention.js";
import type { WeightAndBias } from "./weights.js";

export interface MultiHeadAttentionOptions {
  /** Number of heads; divides the number of features. */
  readonly heads: number;
  /** Position i attends to positions 0 .. i only. Default false. */
  readonly causal?: boolean;
  /** Probability with which an attention weight is dropped in training. Default 0. */
  readonly dropout?: number;
  /** Turns queries and keys by their positions, see `rotaryEmbedding`. Default: no positions. */
  readonly rotary?: RotaryOptions;
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
   * ignored (PyTorch's masks of this layer say the opposite). Floats are added to the scores, -Infinity and the lowest number of the dtype ignore a
   * position too. The heads give 0 where nothing is left.
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
  /** An empty memory for sequences of up to `shape[1]` elements, shape [N, capacity, C], for `attendNext`. Default f32, the dtype of x. */
  initCache(shape: Shape, dtype?: DType): KeyValueCache;
  /**
   * The output [N, T, C] for the next T elements x of sequences of which `cache` has all before, and the cache with them: what `apply` gives
   * for these elements of the whole sequence, without computing the others again. The layer has to be causal. Shapes stay the same from
   * step to step, so that one compiled program does all. The GPU cannot throw: the output is NaN once the capacity is passed.
   */
  attendNext(
    variables: Variables<MultiHeadAttentionParams, None>,
    x: Tensor,
    cache: KeyValueCache,
    context: Context,
  ): LayerResult<None> & { readonly cache: KeyValueCache };
}

const rotaryRecord = accepted(
  "a record of options, such as {} or { base: 10000 }",
  (value) => typeof value === "object" && value !== null,
);

/**
 * Attention of a sequence [N, T, C] to itself, or by `attend` to another: PyTorch's MultiheadAttention with batch_first, all
 * sequences having C features.
 */
export function multiHeadAttention(options: MultiHeadAttentionOptions): MultiHeadAttention {
  const kind = "multiHeadAttention";
  checkOptions(kind, options, {
    heads: required(wholeFrom(1)),
    causal: flag,
    dropout: fraction,
    rotary: rotaryRecord,
    bias: flag,
    weightInit: initializer,
    biasInit: initializer,
  });
  const {
    heads,
    causal = false,
    dropout: rate = 0,
    rotary,
    bias = true,
    weightInit,
    biasInit = zeros,
  } = options;
  if (rotary) checkOptions("multiHeadAttention.rotary", rotary, rotaryOptions);
  const check = (shape: Shape): Shape => {
    if (shape.length !== 3 || shape[2]! % heads !== 0) {
      throw new Error(
        `multiHeadAttention: expected x of shape [N,T,C] with C a multiple of ${heads} heads, got ${formatShape(shape)}`,
      );
    }
    if (rotary && (shape[2]! / heads) % 2 !== 0) {
      throw new Error(
        `multiHeadAttention: rotary turns pairs, so C / heads must be even, got x ${formatShape(shape)} and ${heads} heads`,
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
  const project = (x: Tensor, projection: WeightAndBias, out: number, context: Context): Tensor =>
    linear({ out }).apply({ params: projection, stats: {} }, x, context).output;

  /** Queries, keys and values, each [N, heads, T, C / heads]. */
  const perHead = (
    { inProjection }: MultiHeadAttentionParams,
    [query, key, value]: readonly [Tensor, Tensor, Tensor],
    context: Context,
  ): readonly [Tensor, Tensor, Tensor] => {
    const [batch, , features] = query.shape as readonly [number, number, number]; // rank checked
    const part = (x: Tensor, index: number): Tensor =>
      slice(
        x,
        x.shape.map((_, axis) => (axis === x.shape.length - 1 ? index * features : 0)),
        x.shape.with(-1, (index + 1) * features),
      );
    const { weight, bias: shift } = inProjection;
    const projected = (x: Tensor, index: number): Tensor => {
      const projection = { weight: part(weight, index), ...(shift && { bias: part(shift, index) }) };
      return project(x, projection, features, context);
    };
    const joint = (): readonly Tensor[] => {
      const all = project(query, inProjection, 3 * features, context);
      return [0, 1, 2].map((index) => part(all, index));
    };
    // One product where all three are of the same sequence.
    const sequences =
      key === query && value === query ? joint() : [query, key, value].map((x, index) => projected(x, index));
    return sequences.map((x) => {
      const extents = [batch, x.shape[1]!, heads, features / heads];
      return transpose(reshape(x, extents), [0, 2, 1, 3]);
    }) as [Tensor, Tensor, Tensor]; // three went in
  };

  /** What the heads have found, side by side and mixed. */
  const merge = (
    { outProjection }: MultiHeadAttentionParams,
    attended: Tensor,
    shape: Shape,
    context: Context,
  ): Tensor => {
    const merged = reshape(transpose(attended, [0, 2, 1, 3]), shape);
    return project(merged, outProjection, shape[2]!, context);
  };

  const dropped = (context: Context) => (weights: Tensor) => drop(kind, weights, rate, context);
  const turned = (x: Tensor, rotation?: Rotation): Tensor =>
    rotary
      ? rotate(x, rotation ?? rotationOf(0, x.shape[2]!, x.shape[3]!, rotary), rotary.interleaved ?? false)
      : x;

  const attend: MultiHeadAttention["attend"] = ({ params, stats }, inputs, context) => {
    checkOptions("multiHeadAttention.attend", inputs, {
      query: required(tensorOption),
      key: tensorOption,
      value: tensorOption,
      mask: tensorOption,
    });
    const { query, key = query, value = key, mask } = inputs;
    check(query.shape);
    checkSequences(query, key, value);
    const [q, k, v] = perHead(params, [query, key, value], context);
    const attended = scaledDotProductAttention(turned(q), turned(k), v, {
      causal,
      ...(mask && { mask }),
      drop: dropped(context),
    });
    return { output: merge(params, attended, query.shape, context), stats };
  };

  const initCache: MultiHeadAttention["initCache"] = (shape, dtype = "f32") => {
    const [batch, capacity, features] = check(shape) as readonly [number, number, number]; // rank checked
    // Two, since a program may take each of them over.
    const memory = (): Tensor => zeroTensor([batch, heads, capacity, features / heads], dtype);
    return { keys: memory(), values: memory(), length: zeroTensor([], "i32") };
  };

  const attendNext: MultiHeadAttention["attendNext"] = ({ params, stats }, x, cache, context) => {
    if (!causal) {
      throw new Error(
        "multiHeadAttention: attendNext knows nothing of what comes later; make the layer with { causal: true }",
      );
    }
    const [batch, count, features] = check(x.shape) as readonly [number, number, number]; // rank checked
    checkCache(cache, [batch, heads, features / heads]);
    const capacity = cache.keys.shape[2]!;
    const position = add(iota([count], 0), cache.length);
    const turns = rotary && rotationOf(0, capacity, features / heads, rotary);
    const rotation = turns && { cos: take(turns.cos, position, 0), sin: take(turns.sin, position, 0) };
    const [q, k, v] = perHead(params, [x, x, x], context);
    const after = append(cache, turned(k, rotation), v);
    const attended = scaledDotProductAttention(turned(q, rotation), after.keys, after.values, {
      mask: le(iota([count, capacity], 1), add(iota([count, capacity], 0), cache.length)),
      drop: dropped(context),
    });
    const output = merge(params, attended, x.shape, context);
    return { output: where(le(after.length, capacity), output, Number.NaN), cache: after, stats };
  };

  const layer = checkedLayer<MultiHeadAttentionParams, None>({
    kind,
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
  return { ...layer, attend, initCache, attendNext };
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

/** Throws unless the cache is one for sequences of so many heads. */
function checkCache(cache: KeyValueCache, [batch, heads, size]: readonly [number, number, number]): void {
  const { keys, values, length }: Partial<KeyValueCache> = cache ?? {};
  const shaped = (x: unknown): boolean =>
    x instanceof Tensor &&
    x.shape.length === 4 &&
    [batch, heads, x.shape[2], size].every((e, i) => e === x.shape[i]);
  if (shaped(keys) && shaped(values) && length instanceof Tensor) return;
  throw new Error(
    `multiHeadAttention: expected a cache with keys and values [${batch},${heads},capacity,${size}], got ${show(keys)} and ${show(values)}; start with initCache([${batch},capacity,${heads * size}])`,
  );
}
