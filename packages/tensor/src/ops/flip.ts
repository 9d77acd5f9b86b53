import { expectTensor, normalizeAxis } from "../primitives/expect.js";
import { apply, type Tensor } from "../tensor.js";
import { resolveAxes } from "./axes.js";
import { concat } from "./concat.js";
import { slice } from "./slice.js";

/** `x` with the order reversed along `axes` (all by default). */
export function flip(x: Tensor, axes?: number | readonly number[]): Tensor {
  expectTensor("flip", "x", x);
  const resolved = resolveAxes("flip", axes, x.shape).filter((axis) => x.shape[axis] !== 1);
  return resolved.length === 0 ? x : apply("flip", [x], { axes: resolved });
}

/** `x` shifted by `shift` places along `axis`; what leaves at one end comes back at the other. */
export function roll(x: Tensor, shift: number, axis: number): Tensor {
  expectTensor("roll", "x", x);
  const resolved = normalizeAxis("roll", axis, x.shape.length);
  if (!Number.isInteger(shift)) throw new Error(`roll: shift must be an integer, got ${shift}`);
  const extent = x.shape[resolved]!;
  const cut = ((-shift % extent) + extent) % extent;
  if (cut === 0) return x;
  const none = x.shape.map(() => 0);
  const head = slice(x, none, x.shape.with(resolved, cut));
  const tail = slice(x, none.with(resolved, cut), x.shape);
  return concat([tail, head], resolved);
}
