import { describe, expectDType, expectSameDType, expectTensor } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";

/** The geometry of a convolution over `rank` axes, one entry per axis. */
export interface Geometry {
  readonly stride: readonly number[];
  readonly padding: readonly (readonly [low: number, high: number])[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/**
 * Throws, in the words of the operation that was called, where x and weight do not fit together: for convolutions that are composed of
 * conv2d, whose own messages speak of other shapes.
 */
export function expectConvolution(
  op: string,
  expected: string,
  x: Tensor,
  weight: Tensor,
  { stride, padding, dilation, groups }: Geometry,
): void {
  expectTensor(op, "x", x);
  expectTensor(op, "weight", weight);
  const rank = stride.length + 2;
  const operands = `x ${describe(x)}, weight ${describe(weight)}`;
  expectSameDType(op, [x, weight]);
  expectDType(op, "x", x, "float");
  if (x.shape.length !== rank || weight.shape.length !== rank) {
    throw new Error(`${op}: expected ${expected}, got ${operands}`);
  }
  if ([...stride, ...dilation, groups].some((value) => !Number.isInteger(value) || value < 1)) {
    throw new Error(
      `${op}: stride [${stride}], dilation [${dilation}] and groups ${groups} must be integers of at least 1`,
    );
  }
  if (padding.flat().some((value) => !Number.isInteger(value) || value < 0)) {
    throw new Error(`${op}: padding must be integers of at least 0, got [[${padding.join("],[")}]]`);
  }
  const [inputs, outputs] = weight.shape.slice(-2) as [number, number];
  if (x.shape.at(-1) !== inputs * groups) {
    throw new Error(
      `${op}: x has ${x.shape.at(-1)} channels, weight expects ${inputs * groups} (${operands}, groups ${groups})`,
    );
  }
  if (outputs % groups !== 0) {
    throw new Error(`${op}: ${outputs} output channels do not divide into ${groups} groups (${operands})`);
  }
  if (weight.shape.slice(0, -2).some((extent) => extent < 1)) {
    throw new Error(`${op}: a kernel has at least one tap on each axis (${operands})`);
  }
  for (const [i, [low, high]] of padding.entries()) {
    if (dilation[i]! * (weight.shape[i]! - 1) + 1 > low + x.shape[i + 1]! + high) {
      throw new Error(
        `${op}: the kernel does not fit into the padded input on axis ${i + 1} (${operands}, padding [${low},${high}], ` +
          `dilation ${dilation[i]}); pad more`,
      );
    }
  }
}
