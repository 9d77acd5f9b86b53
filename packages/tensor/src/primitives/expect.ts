import type { DType } from "../dtype.js";
import { isFloat } from "../dtype.js";
import { type Aval, formatShape, type Shape } from "../shape.js";

/** What shape rules check, and the words they complain in. */

export const describe = (aval: Aval): string => `${aval.dtype} ${formatShape(aval.shape)}`;

/** The operands as a tuple; throws when their number is not that of `names`. */
export function operands<T extends Aval, const N extends readonly string[]>(
  op: string,
  inputs: readonly T[],
  names: N,
): { readonly [K in keyof N]: T } {
  if (inputs.length !== names.length) {
    const expected = names.length === 0 ? "no operand" : `operands (${names.join(", ")})`;
    throw new Error(`${op}: expected ${expected}, got ${inputs.length}; see PrimitiveParams`);
  }
  // The length has just been checked, which a mapped tuple type cannot see.
  return inputs as unknown as { readonly [K in keyof N]: T };
}

/** Every extent is an integer of at least 1: there are no empty tensors. */
export function expectShape(op: string, shape: Shape): void {
  for (const extent of shape) {
    if (!Number.isInteger(extent) || extent < 1) {
      throw new Error(`${op}: extents must be integers of at least 1, got shape ${formatShape(shape)}`);
    }
  }
}

/** One integer of at least `minimum` per axis. */
export function expectPerAxis(
  op: string,
  name: string,
  values: readonly number[],
  x: Aval,
  minimum: number,
): void {
  if (values.length !== x.shape.length) {
    throw new Error(
      `${op}: ${name} must have one entry per axis (${x.shape.length}), got ${values.length} for x ${formatShape(x.shape)}`,
    );
  }
  for (const value of values) {
    if (!Number.isInteger(value) || value < minimum) {
      throw new Error(
        `${op}: ${name} must be integers of at least ${minimum}, got [${values.join(",")}] for x ${formatShape(x.shape)}`,
      );
    }
  }
}

/** Distinct axes of `x` in ascending order. */
export function expectAxes(op: string, axes: readonly number[], x: Aval): void {
  let previous = -1;
  for (const axis of axes) {
    if (!Number.isInteger(axis) || axis <= previous || axis >= x.shape.length) {
      throw new Error(
        `${op}: axes must ascend within 0 to ${x.shape.length - 1}, got [${axes.join(",")}] for x ${formatShape(x.shape)}`,
      );
    }
    previous = axis;
  }
}

export type Accepts = "float" | "numeric" | "bool" | "integer" | "integer or bool" | "any";

const isInteger = (dtype: DType): boolean => dtype === "i32" || dtype === "u32";

const acceptance: Readonly<Record<Accepts, (dtype: DType) => boolean>> = {
  float: isFloat,
  numeric: (dtype) => dtype !== "bool",
  bool: (dtype) => dtype === "bool",
  integer: isInteger,
  "integer or bool": (dtype) => isInteger(dtype) || dtype === "bool",
  any: () => true,
};

export function expectDType(op: string, name: string, x: Aval, accepts: Accepts): void {
  if (!acceptance[accepts](x.dtype)) {
    throw new Error(
      `${op}: ${name} must be ${accepts === "float" ? "floating point" : accepts}, got ${describe(x)}; cast first`,
    );
  }
}

export function expectSameDType(op: string, inputs: readonly Aval[]): void {
  for (const other of inputs) {
    if (other.dtype !== inputs[0]!.dtype) {
      throw new Error(
        `${op}: operands must have one dtype, got ${inputs.map(describe).join(" and ")}; cast first`,
      );
    }
  }
}

export function expectSameShape(op: string, inputs: readonly Aval[]): void {
  const first = inputs[0]!.shape;
  for (const { shape } of inputs) {
    if (shape.length !== first.length || shape.some((extent, axis) => extent !== first[axis])) {
      throw new Error(
        `${op}: operands must have one shape, got ${inputs.map(describe).join(" and ")}; broadcastTo first`,
      );
    }
  }
}

/** Integers stay in the 32 bits of their dtype, bools are 0 or 1. */
export function expectValue(op: string, value: number, dtype: DType): void {
  const fits =
    dtype === "i32"
      ? value === (value | 0)
      : dtype === "u32"
        ? value === value >>> 0
        : dtype === "bool"
          ? value === 0 || value === 1
          : true;
  if (!fits)
    throw new Error(`${op}: ${value} is not a value of dtype ${dtype}; round it, or choose another dtype`);
}
