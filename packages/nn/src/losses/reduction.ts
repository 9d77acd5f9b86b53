import { formatShape, mean, sum, Tensor, type TensorLike } from "@clidim/tensor";
import { describe, show } from "@clidim/tensor/expect";
import { type AcceptedOptions, oneOf } from "../checkOptions.js";

/** What becomes of the losses of single elements. Default "mean". */
export type Reduction = "mean" | "sum" | "none";

/** How the losses of single elements become one. */
export interface LossOptions {
  readonly reduction?: Reduction;
}

/** What these options may be. */
export const lossOptions: AcceptedOptions<LossOptions> = { reduction: oneOf("mean", "sum", "none") };

export function reduce(values: Tensor, reduction: Reduction): Tensor {
  switch (reduction) {
    case "mean":
      return mean(values);
    case "sum":
      return sum(values);
    case "none":
      return values;
    default:
      return reduction satisfies never;
  }
}

/**
 * A target has the output's shape and dtype, or is one number for all elements: broadcasting here is nearly always a mistake.
 */
export function checkTarget(op: string, output: Tensor, target: TensorLike): void {
  for (const [name, value] of Object.entries({ output, target })) {
    if (value instanceof Tensor || (name === "target" && typeof value === "number")) continue;
    throw new Error(`${op}: ${name} must be a tensor, got ${show(value)}; wrap arrays with tensor()`);
  }
  if (typeof target === "number") return;
  if (formatShape(target.shape) !== formatShape(output.shape)) {
    throw new Error(
      `${op}: output ${formatShape(output.shape)} and target ${formatShape(target.shape)} differ in shape; ` +
        "reshape or broadcast one of them first",
    );
  }
  if (target.dtype !== output.dtype) {
    throw new Error(`${op}: output is ${describe(output)}, target ${target.dtype}; cast one of them first`);
  }
}
