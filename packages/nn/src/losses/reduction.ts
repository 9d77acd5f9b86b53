import { formatShape, mean, sum, type Tensor, type TensorLike } from "@clidim/tensor";

/** What becomes of the losses of single elements. Default "mean". */
export type Reduction = "mean" | "sum" | "none";

/** How the losses of single elements become one. */
export interface LossOptions {
  readonly reduction?: Reduction;
}

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

/** A target has the output's shape, or is one number for all elements: broadcasting here is nearly always a mistake. */
export function checkTarget(op: string, output: Tensor, target: TensorLike): void {
  if (typeof target === "number" || formatShape(target.shape) === formatShape(output.shape)) return;
  throw new Error(
    `${op}: output ${formatShape(output.shape)} and target ${formatShape(target.shape)} differ in shape; ` +
      "reshape or broadcast one of them first",
  );
}
