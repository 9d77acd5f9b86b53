import { clip, eq, expandDims, iota, stopGradient, type Tensor, take, where } from "@clidim/tensor";
import { type AcceptedOptions, checkOptions, initializer, required, wholeFrom } from "../checkOptions.js";
import type { Initializer } from "../initializers/initializer.js";
import { normal } from "../initializers/normal.js";
import type { Layer, None } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";

export interface EmbeddingOptions {
  /** Number of rows: indices are 0 .. count - 1. An index out of range is clamped. */
  readonly count: number;
  /** Length of a row. */
  readonly size: number;
  /** The row of what is no element, such as the end of a short sequence: it starts as zeros and is never trained. Default: none. */
  readonly paddingIndex?: number;
  /** Default N(0, 1). */
  readonly weightInit?: Initializer;
}

/** The parameters of `embedding` and `embeddingBag`. */
export type EmbeddingParams = { readonly table: Tensor };

/** What these options may be. */
export const embeddingOptions: AcceptedOptions<EmbeddingOptions> = {
  count: required(wholeFrom(1)),
  size: required(wholeFrom(1)),
  paddingIndex: wholeFrom(0),
  weightInit: initializer,
};

/** Refuses a row for padding that the table does not have. */
export function checkPaddingIndex(kind: string, { count, paddingIndex }: EmbeddingOptions): void {
  if (paddingIndex === undefined || paddingIndex < count) return;
  throw new Error(`${kind}: paddingIndex must be below count, got ${paddingIndex} of ${count} rows`);
}

export function initTable(
  key: Tensor,
  { count, size, paddingIndex, weightInit = normal() }: EmbeddingOptions,
): Tensor {
  // As PyTorch counts the two axes of a weight.
  const table = weightInit(key, [count, size], { fanIn: size, fanOut: count });
  return paddingIndex === undefined ? table : where(eq(iota([count, 1], 0), paddingIndex), 0, table);
}

/** Refuses indices that are no integers. */
export function checkIndices(kind: string, name: string, indices: Tensor): void {
  if (indices.dtype === "i32" || indices.dtype === "u32") return;
  throw new Error(`${kind}: expected integer indices, got ${name} of ${indices.dtype}; cast it to i32`);
}

/** Whether indices lead to the row of padding, clamped as those of rows are. */
export const isPadding = (indices: Tensor, { count }: EmbeddingOptions, paddingIndex: number): Tensor =>
  eq(clip(indices, 0, count - 1), paddingIndex);

/** Rows of a `table` [count, size] by integer index (i32 or u32): [...] -> [..., size]. PyTorch's Embedding. */
export function embedding(options: EmbeddingOptions): Layer<EmbeddingParams, None> {
  checkOptions("embedding", options, embeddingOptions);
  checkPaddingIndex("embedding", options);
  const { size, paddingIndex } = options;
  return checkedLayer<EmbeddingParams, None>({
    kind: "embedding",
    init: (key) => ({ params: { table: initTable(key, options) }, stats: {} }),
    apply({ params: { table }, stats }, x) {
      checkIndices("embedding", "x", x);
      const rows = take(table, x, 0);
      if (paddingIndex === undefined) return { output: rows, stats };
      const padding = expandDims(isPadding(x, options, paddingIndex), -1);
      return { output: where(padding, stopGradient(rows), rows), stats };
    },
    outputShape: (inputShape) => [...inputShape, size],
  });
}
