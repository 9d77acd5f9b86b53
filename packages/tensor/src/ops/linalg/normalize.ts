import { expectDType, expectOptions, show } from "../../primitives/expect.js";
import type { Tensor } from "../../tensor.js";
import { div, maximum } from "../arithmetic.js";
import type { Axes } from "../reductions.js";
import { inSingle } from "../special/inSingle.js";
import { vectorNorm } from "./norm.js";

/** How `normalize` counts. */
export interface NormalizeOptions {
  /** Of which order the norm is, as `vectorNorm` has it. Default 2. */
  readonly ord?: number;
  /** Of which axes the elements make a vector. Default -1, the channels, where PyTorch has 1. */
  readonly axes?: Axes;
  /** The smallest norm that is divided by. Default 1e-12. */
  readonly epsilon?: number;
}

/** x divided by the norm of its vectors, or by `epsilon` where the norm is below it: PyTorch's `normalize`. Halves are computed in f32, whose range their squares need. */
export function normalize(x: Tensor, options: NormalizeOptions = {}): Tensor {
  const op = "normalize";
  expectDType(op, "x", x, "float");
  expectOptions(op, options, ["ord", "axes", "epsilon"]);
  const { ord = 2, axes = -1, epsilon = 1e-12 } = options;
  if (!(typeof epsilon === "number" && epsilon >= 0)) {
    throw new Error(`${op}: epsilon must be a number of at least 0, got ${show(epsilon)}`);
  }
  return inSingle(op, x, (y) => div(y, maximum(vectorNorm(y, { ord, axes, keepDims: true }), epsilon)));
}
