import { isFloat } from "../dtype.js";
import { expectDType, expectOptions } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { isnan } from "./classification.js";
import { eq } from "./comparison.js";
import { where } from "./where.js";

/** What stands for what. */
export interface NanToNumOptions {
  /** For NaN. Default 0. */
  readonly nan?: number;
  /** For infinity. Default the largest number of the dtype. */
  readonly posInf?: number;
  /** For -infinity. Default the least number of the dtype. */
  readonly negInf?: number;
}

/** The largest finite numbers, (2 - 2^-23) 2^127 and (2 - 2^-10) 2^15. */
const largest = { f32: (2 - 2 ** -23) * 2 ** 127, f16: 65504 } as const;

/** x with numbers in place of NaN and infinities, which get no gradient, integers as they are: NumPy's, PyTorch's and JAX's `nan_to_num`. */
export function nanToNum(x: Tensor, options: NanToNumOptions = {}): Tensor {
  expectDType("nanToNum", "x", x, "any");
  expectOptions("nanToNum", options, ["nan", "posInf", "negInf"]);
  if (!isFloat(x.dtype)) return x;
  const most = x.dtype === "f16" ? largest.f16 : largest.f32;
  const { nan = 0, posInf = most, negInf = -most } = options;
  const { POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number;
  const above = where(eq(x, POSITIVE_INFINITY), posInf, where(eq(x, NEGATIVE_INFINITY), negInf, x));
  return where(isnan(x), nan, above);
}
