import { apply } from "@clidim/tensor";
import { unary, type VjpRule } from "./rule.js";

/** The matrix of a Fourier transform is symmetric: its adjoint is its conjugate, the transform in the other direction. */
export const fft: VjpRule<"fft"> = unary((g, _x, _y, { axis, inverse }) =>
  apply("fft", [g], { axis, inverse: !inverse }),
);
