import { describe, expectDType, expectSameDType, expectTensor } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";

/** The geometry of a transposed convolution over `rank` axes, one entry per axis. */
export interface TransposedGeometry {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/**
 * The spatial extents of the result. Throws, in the words of the operation that was called, where y and weight do not fit together: for
 * transposed convolutions that are composed of convTranspose2d, whose own messages speak of other shapes.
 */
export function expectConvTranspose(
  op: string,
  expected: string,
  y: Tensor,
  weight: Tensor,
  { stride, padding, outputPadding, dilation, groups }: TransposedGeometry,
): readonly number[] {
  expectTensor(op, "y", y);
  expectTensor(op, "weight", weight);
  const rank = stride.length + 2;
  const operands = `y ${describe(y)}, weight ${describe(weight)}`;
  expectSameDType(op, [y, weight]);
  expectDType(op, "y", y, "float");
  if (y.shape.length !== rank || weight.shape.length !== rank) {
    throw new Error(`${op}: expected ${expected}, got ${operands}`);
  }
  if ([...stride, ...dilation, groups].some((value) => !Number.isInteger(value) || value < 1)) {
    throw new Error(
      `${op}: stride [${stride}], dilation [${dilation}] and groups ${groups} must be integers of at least 1`,
    );
  }
  if ([...padding, ...outputPadding].some((value) => !Number.isInteger(value) || value < 0)) {
    throw new Error(
      `${op}: padding [${padding}] and outputPadding [${outputPadding}] must be integers of at least 0`,
    );
  }
  if (outputPadding.some((extra, i) => extra >= stride[i]!)) {
    throw new Error(
      `${op}: outputPadding [${outputPadding}] must be below stride [${stride}]; it chooses among the inputs of a convolution of that stride`,
    );
  }
  if (y.shape.at(-1) !== weight.shape.at(-1)) {
    throw new Error(
      `${op}: y has ${y.shape.at(-1)} channels, weight expects ${weight.shape.at(-1)} (${operands})`,
    );
  }
  if (y.shape.at(-1)! % groups !== 0) {
    throw new Error(
      `${op}: ${y.shape.at(-1)} channels of y do not divide into ${groups} groups (${operands})`,
    );
  }
  if ([...y.shape.slice(1, -1), ...weight.shape.slice(0, -2)].some((extent) => extent < 1)) {
    throw new Error(`${op}: y and the kernel have at least one element on each axis (${operands})`);
  }
  const extents = stride.map(
    (step, i) =>
      (y.shape[i + 1]! - 1) * step -
      2 * padding[i]! +
      dilation[i]! * (weight.shape[i]! - 1) +
      1 +
      outputPadding[i]!,
  );
  const cut = extents.findIndex((extent) => extent < 1);
  if (cut >= 0) {
    throw new Error(
      `${op}: padding ${padding[cut]} leaves nothing of axis ${cut + 1} (${operands}); pad less`,
    );
  }
  return extents;
}
