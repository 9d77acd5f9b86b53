import { formatShape, isFloat, type Shape, Tensor } from "@clidim/tensor";
import { describe, show } from "@clidim/tensor/expect";

/** Throws unless every value is a tensor of floats, and all have one shape and one dtype. */
export function checkSameFloats(op: string, operands: Readonly<Record<string, Tensor>>): void {
  const entries = Object.entries(operands);
  for (const [name, value] of entries) {
    if (!(value instanceof Tensor)) {
      throw new Error(`${op}: ${name} must be a tensor, got ${show(value)}; wrap arrays with tensor()`);
    }
    if (!isFloat(value.dtype))
      throw new Error(`${op}: ${name} must be floats, got ${describe(value)}; cast it`);
  }
  const [[, first]] = entries as [[string, Tensor]]; // there is one at least
  if (entries.every(([, x]) => x.dtype === first.dtype && formatShape(x.shape) === formatShape(first.shape)))
    return;
  throw new Error(
    `${op}: ${entries.map(([name]) => name).join(", ")} must have one shape and dtype, got ${entries.map(([, x]) => describe(x)).join(", ")}`,
  );
}

/** Throws unless `value` is a tensor of this shape. */
export function checkShape(op: string, name: string, value: Tensor, shape: Shape): void {
  if (!(value instanceof Tensor)) {
    throw new Error(`${op}: ${name} must be a tensor, got ${show(value)}; wrap arrays with tensor()`);
  }
  if (formatShape(value.shape) === formatShape(shape)) return;
  throw new Error(`${op}: expected ${name} of shape ${formatShape(shape)}, got ${formatShape(value.shape)}`);
}

/** Throws unless `x` is a tensor of floats with classes, or features, on a last axis. */
export function checkFeatures(op: string, name: string, x: Tensor, layout: string): void {
  if (x instanceof Tensor && isFloat(x.dtype) && x.shape.length > 0) return;
  throw new Error(`${op}: expected ${name} of shape ${layout}, floating point, got ${show(x)}`);
}

/** Throws unless `x` is a tensor of integers of this shape. */
export function checkIntegers(op: string, name: string, x: Tensor, shape: Shape): void {
  checkShape(op, name, x, shape);
  if (x.dtype === "i32" || x.dtype === "u32") return;
  throw new Error(`${op}: ${name} must be integers, got ${describe(x)}; cast to i32`);
}
