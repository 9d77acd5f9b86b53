import {
  add,
  and,
  cast,
  div,
  eq,
  expandDims,
  formatShape,
  full,
  ge,
  iota,
  max,
  maximum,
  mul,
  not,
  type Shape,
  sum,
  Tensor,
  take,
  where,
  zeros,
} from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import { checkOptions, oneOf } from "../checkOptions.js";
import type { Layer, LayerResult, None, Variables } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";
import {
  checkIndices,
  checkPaddingIndex,
  type EmbeddingOptions,
  type EmbeddingParams,
  embeddingOptions,
  initTable,
  isPadding,
} from "./embedding.js";

export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** What becomes of the rows of a bag. Default "mean". */
  readonly mode?: "mean" | "sum" | "max";
}

/** Bags of indices. */
export interface Bags {
  /** Indices of rows, i32 or u32: [N, B], or [M] together with `offsets`. */
  readonly indices: Tensor;
  /** Where each bag begins in `indices`, ascending, i32 or u32 [N]: the first at 0, and the last ends with the indices. */
  readonly offsets?: Tensor;
  /** Factor of each row, of the shape of `indices`; for "sum". */
  readonly weights?: Tensor;
}

/** A layer that applies to bags of one size, and takes bags of several. */
export interface EmbeddingBag extends Layer<EmbeddingParams, None> {
  /** [N, size]: the same of bags of several sizes, or with weights. `apply` is `reduce` with the indices alone. */
  reduce(variables: Variables<EmbeddingParams, None>, bags: Bags): LayerResult<None>;
}

/**
 * The mean, the sum or the maximum of rows of a `table` [count, size], bag by bag: indices [N, B] (i32 or u32) -> [N, size]. PyTorch's
 * EmbeddingBag. A bag of nothing gives zeros, and the row of `paddingIndex` is in no bag. With `offsets`, every index is compared with
 * every bag.
 */
export function embeddingBag(options: EmbeddingBagOptions): EmbeddingBag {
  const kind = "embeddingBag";
  checkOptions(kind, options, { ...embeddingOptions, mode: oneOf("mean", "sum", "max") });
  checkPaddingIndex(kind, options);
  const { size, mode = "mean", paddingIndex } = options;

  /** Rows [N or 1, B, size], of which bag n has those for which `member` [N, B] is true. */
  const combine = (rows: Tensor, member: Tensor): Tensor => {
    const inside = expandDims(member, -1);
    const count = sum(cast(inside, "f32"), 1);
    if (mode === "max") {
      // No bag has a row, and of nothing there is no maximum.
      if (rows.shape[1] === 0) return zeros([member.shape[0]!, size], rows.dtype);
      return where(ge(count, 1), max(where(inside, rows, Number.NEGATIVE_INFINITY), 1), 0);
    }
    const total = sum(where(inside, rows, 0), 1);
    return mode === "sum" ? total : div(total, cast(maximum(count, 1), total.dtype));
  };

  const reduce = (
    { params: { table }, stats }: Variables<EmbeddingParams, None>,
    bags: Bags,
  ): LayerResult<None> => {
    checkBags(kind, bags, mode);
    const { indices, offsets, weights } = bags;
    const looked = take(table, indices, 0);
    const rows = weights ? mul(looked, expandDims(cast(weights, looked.dtype), -1)) : looked;
    const counted = paddingIndex === undefined ? undefined : not(isPadding(indices, options, paddingIndex));
    if (!offsets) return { output: combine(rows, counted ?? full(indices.shape, 1, "bool")), stats };
    // A position is in the last bag that begins at it or before, the one whose number is the count of those, less one.
    const [many, length] = [offsets.shape[0]!, indices.shape[0]!];
    const begun = ge(iota([many, length], 1), expandDims(cast(offsets, "i32"), 1));
    const own = eq(sum(cast(begun, "i32"), 0), add(iota([many, length], 0), 1));
    return { output: combine(expandDims(rows, 0), counted ? and(own, counted) : own), stats };
  };

  const layer = checkedLayer<EmbeddingParams, None>({
    kind,
    init: (key) => ({ params: { table: initTable(key, options) }, stats: {} }),
    apply: (variables, x) => reduce(variables, { indices: x }),
    outputShape(inputShape) {
      checkRank(kind, inputShape, 2, "[N,B]");
      return [inputShape[0]!, size];
    },
  });
  return { ...layer, reduce };
}

function checkRank(kind: string, shape: Shape, rank: number, expected: string): void {
  if (shape.length === rank) return;
  throw new Error(`${kind}: expected indices of shape ${expected}, got ${formatShape(shape)}`);
}

function checkBags(kind: string, { indices, offsets, weights }: Bags, mode: string): void {
  for (const [name, value] of Object.entries({ indices, offsets, weights })) {
    if (value === undefined && name !== "indices") continue;
    if (!(value instanceof Tensor)) throw new Error(`${kind}: ${name} must be a tensor, got ${show(value)}`);
    if (name !== "weights") checkIndices(kind, name === "indices" ? "x" : name, value);
  }
  checkRank(kind, indices.shape, offsets ? 1 : 2, offsets ? "[M] with offsets" : "[N,B]");
  if (offsets && offsets.shape.length !== 1) {
    throw new Error(`${kind}: expected offsets of shape [N], got ${formatShape(offsets.shape)}`);
  }
  if (!weights) return;
  if (mode !== "sum") throw new Error(`${kind}: weights go with mode "sum", not "${mode}"`);
  if (formatShape(weights.shape) !== formatShape(indices.shape)) {
    throw new Error(
      `${kind}: expected one weight per index, ${formatShape(indices.shape)}, got ${formatShape(weights.shape)}`,
    );
  }
}
