import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { add, log, mul, neg, sqrt, sub } from "./arithmetic.js";
import { clip } from "./clip.js";
import { lt } from "./comparison.js";
import { polynomial } from "./polynomial.js";
import { where } from "./where.js";

/**
 * The inverse of erf on (-1, 1) to about single precision, by M. Giles, "Approximating the erfinv function" (GPU Computing Gems,
 * 2011). At -1 and 1 what the logarithm of 0 is on the adapter, with the sign of x: infinite, or a large number.
 */
export function erfinv(x: Tensor): Tensor {
  expectDType("erfinv", "x", x, "float");
  const w = neg(log(mul(sub(1, x), add(x, 1))));
  const central = lt(w, 5);
  const centre = polynomial(
    sub(where(central, w, 5), 2.5),
    [
      2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503,
      -0.00417768164, 0.246640727, 1.50140941,
    ],
  );
  // -log(1 - x^2) is below 40 up to the last x below 1.
  const largest = 50;
  // Beyond its limits the root is not used; they keep it, and its derivative, finite there.
  const tail = polynomial(
    sub(sqrt(clip(w, 5, largest)), 3),
    [
      -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
      0.00943887047, 1.00167406, 2.83297682,
    ],
  );
  return mul(x, where(central, centre, where(lt(w, largest), tail, w)));
}
