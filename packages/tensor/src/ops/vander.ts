import { describe, expectDType, expectOptions, show } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { pow } from "./arithmetic.js";
import { stack } from "./concat.js";
import { zeros } from "./creation.js";

/** Which way powers go. */
export interface VanderOptions {
  /** From 0 on, as PyTorch's `linalg.vander` has them. Default false: the highest first, as NumPy and JAX. */
  readonly increasing?: boolean;
}

/** Powers of the elements of x [N], a row for each, 0 to n - 1, by default as many as elements: NumPy's, PyTorch's and JAX's `vander`. */
export function vander(x: Tensor, n?: number, options: VanderOptions = {}): Tensor {
  const op = "vander";
  expectDType(op, "x", x, "numeric");
  expectOptions(op, options, ["increasing"]);
  if (x.shape.length !== 1) throw new Error(`${op}: x must be a list [N], got ${describe(x)}`);
  const count = n ?? x.shape[0]!;
  if (!Number.isInteger(count) || count < 0) {
    throw new Error(`${op}: n must be a whole number of at least 0, got ${show(n)}`);
  }
  if (count === 0) return zeros([x.shape[0]!, 0], x.dtype);
  const powers = Array.from({ length: count }, (_, i) => pow(x, i));
  return stack(options.increasing ? powers : powers.toReversed(), 1);
}
