import { type Tensor, take } from "@clidim/tensor";
import { checkOptions, initializer, required, wholeFrom } from "../checkOptions.js";
import type { Initializer } from "../initializers/initializer.js";
import { normal } from "../initializers/normal.js";
import type { Layer, None } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";

export interface EmbeddingOptions {
  /** Number of rows: indices are 0 .. count - 1. An index out of range is clamped. */
  readonly count: number;
  /** Length of a row. */
  readonly size: number;
  /** Default N(0, 1). */
  readonly weightInit?: Initializer;
}

/** Rows of a `table` [count, size] by integer index (i32 or u32): [...] -> [..., size]. PyTorch's Embedding. */
export function embedding(options: EmbeddingOptions): Layer<{ readonly table: Tensor }, None> {
  checkOptions("embedding", options, {
    count: required(wholeFrom(1)),
    size: required(wholeFrom(1)),
    weightInit: initializer,
  });
  const { count, size, weightInit = normal() } = options;
  return checkedLayer<{ readonly table: Tensor }, None>({
    kind: "embedding",
    init: (key) => ({
      params: { table: weightInit(key, [count, size], { fanIn: count, fanOut: size }) },
      stats: {},
    }),
    apply({ params: { table }, stats }, x) {
      if (x.dtype !== "i32" && x.dtype !== "u32") {
        throw new Error(`embedding: expected integer indices, got x of ${x.dtype}; cast it to i32`);
      }
      return { output: take(table, x, 0), stats };
    },
    outputShape: (inputShape) => [...inputShape, size],
  });
}
