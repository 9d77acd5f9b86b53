import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";

/** Radians of degrees: NumPy's, PyTorch's and JAX's `deg2rad`. */
export function deg2rad(x: Tensor): Tensor {
  expectDType("deg2rad", "x", x, "float");
  return mul(x, Math.PI / 180);
}

/** Degrees of radians: NumPy's, PyTorch's and JAX's `rad2deg`. */
export function rad2deg(x: Tensor): Tensor {
  expectDType("rad2deg", "x", x, "float");
  return mul(x, 180 / Math.PI);
}
