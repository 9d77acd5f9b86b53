import { describe, expectDType, expectNumber, expectOptions, expectSameDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { add, div, mul, sub } from "./arithmetic.js";
import { isnan } from "./classification.js";
import { clip } from "./clip.js";
import { eq, ge, lt } from "./comparison.js";
import { take } from "./indexing.js";
import { not, or } from "./logic.js";
import { reshape } from "./reshape.js";
import { searchsorted } from "./searchsorted.js";
import { narrow } from "./slice.js";
import { where } from "./where.js";

/** What `interp` has outside of the places. */
export interface InterpOptions {
  /** Before the first place. Default: the first value. */
  readonly left?: number;
  /** Behind the last place. Default: the last value. */
  readonly right?: number;
}

/**
 * The function of x (floats of any shape) that is straight between `values` [N] at ascending `places` [N], and constant outside of them: NumPy's and JAX's `interp`. Of equal places it takes the value at the last. NaN of NaN. Takes log2 N
 * steps per element.
 */
export function interp(x: Tensor, places: Tensor, values: Tensor, options: InterpOptions = {}): Tensor {
  const op = "interp";
  expectDType(op, "x", x, "float");
  expectDType(op, "places", places, "float");
  expectDType(op, "values", values, "float");
  expectSameDType(op, [x, places, values]);
  expectOptions(op, options, ["left", "right"]);
  for (const [name, value] of Object.entries(options)) expectNumber(op, name, value);
  const [count] = places.shape;
  if (places.shape.length !== 1 || count === 0 || values.shape.length !== 1 || values.shape[0] !== count) {
    throw new Error(
      `${op}: places and values must be lists [N] of one length, at least 1, got ${describe(places)} and ${describe(values)}`,
    );
  }
  const entry = (of: Tensor, i: number): Tensor => reshape(narrow(of, 0, i, 1), []);
  const last = count! - 1;
  const [left, right] = [options.left ?? entry(values, 0), options.right ?? entry(values, last)];
  const isLeft = lt(x, entry(places, 0));
  const isRight = ge(x, entry(places, last));
  const beyond = where(eq(x, entry(places, last)), entry(values, last), right);
  const outside = where(isLeft, left, where(isnan(x), Number.NaN, beyond));
  if (last === 0) return outside;

  const after = clip(searchsorted(places, x, { side: "right" }), 1, last);
  const before = sub(after, 1);
  const [from, to] = [take(places, before, 0), take(places, after, 0)];
  const [start, end] = [take(values, before, 0), take(values, after, 0)];
  // Outside there may be nothing between the two, or infinitely much.
  const isInside = not(or(or(isLeft, isRight), isnan(x)));
  const way = where(isInside, sub(to, from), 1);
  const gone = where(isInside, sub(x, from), 0);
  const slope = div(sub(end, start), way);
  const forward = add(start, mul(slope, gone));
  // Infinite places and values may leave no number from the one side, but one from the other.
  const backward = add(end, mul(slope, where(isInside, sub(x, to), 0)));
  const mended = where(or(eq(gone, 0), eq(start, end)), start, backward);
  return where(isInside, where(isnan(forward), mended, forward), outside);
}
