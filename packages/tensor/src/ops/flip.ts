import { expectTensor, normalizeAxis, show } from "../primitives/expect.js";
import { sizeOf } from "../shape.js";
import { apply, type Tensor } from "../tensor.js";
import { resolveAxes } from "./axes.js";
import { concat } from "./concat.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";

/** `x` with the order reversed along `axes` (all by default). */
export function flip(x: Tensor, axes?: number | readonly number[]): Tensor {
  expectTensor("flip", "x", x);
  const resolved = resolveAxes("flip", axes, x.shape).filter((axis) => x.shape[axis] !== 1);
  return resolved.length === 0 ? x : apply("flip", [x], { axes: resolved });
}

/**
 * `x` shifted by `shift` places along `axis`; what leaves at one end comes back at the other. Of several axes, each by its own shift, or all by one; without any, the elements in row-major order:
 * NumPy's and PyTorch's `roll`.
 */
export function roll(
  x: Tensor,
  shift: number | readonly number[],
  axis?: number | readonly number[],
): Tensor {
  expectTensor("roll", "x", x);
  if (axis === undefined) return reshape(roll(reshape(x, [sizeOf(x.shape)]), shift, 0), x.shape);
  const axes = [axis].flat();
  const shifts = typeof shift === "number" ? axes.map(() => shift) : shift;
  if (!Array.isArray(shifts) || shifts.length !== axes.length || !shifts.every(Number.isInteger)) {
    throw new Error(`roll: shift must be an integer, or one for each of axes [${axes}], got ${show(shift)}`);
  }
  return axes.reduce((rolled, along, i) => rollAxis(rolled, shifts[i]!, along), x);
}

function rollAxis(x: Tensor, shift: number, axis: number): Tensor {
  const resolved = normalizeAxis("roll", axis, x.shape.length);
  const extent = x.shape[resolved]!;
  if (extent === 0) return x;
  const cut = ((-shift % extent) + extent) % extent;
  if (cut === 0) return x;
  const none = x.shape.map(() => 0);
  const head = slice(x, none, x.shape.with(resolved, cut));
  const tail = slice(x, none.with(resolved, cut), x.shape);
  return concat([tail, head], resolved);
}
