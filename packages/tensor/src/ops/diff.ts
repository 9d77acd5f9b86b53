import { expectDType, normalizeAxis, show } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { sub } from "./arithmetic.js";
import { ne } from "./comparison.js";
import { narrow } from "./slice.js";

/** Differences of neighbours along `axis`, each element's from the one before it, `n` times, of bools whether they differ: NumPy's diff. One element fewer each time. */
export function diff(x: Tensor, axis = -1, n = 1): Tensor {
  expectDType("diff", "x", x, "any");
  const resolved = normalizeAxis("diff", axis, x.shape.length);
  if (!Number.isInteger(n) || n < 0) throw new Error(`diff: n must be a whole number, got ${show(n)}`);
  let result = x;
  for (let i = 0; i < n; i++) {
    const rest = Math.max(0, result.shape[resolved]! - 1);
    const start = Math.min(1, result.shape[resolved]!);
    const [later, earlier] = [narrow(result, resolved, start, rest), narrow(result, resolved, 0, rest)];
    result = x.dtype === "bool" ? ne(later, earlier) : sub(later, earlier);
  }
  return result;
}
