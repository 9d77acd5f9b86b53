import { describe, expectDType, expectTensor, show } from "../primitives/expect.js";
import { sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { abs, add, div, maximum, mul, neg, sqrt, square, sub } from "./arithmetic.js";
import { atan2 } from "./atan2.js";
import { isfinite, isinf, isnan } from "./classification.js";
import { eq, gt, lt } from "./comparison.js";
import { stopGradient } from "./control.js";
import { zerosLike } from "./creation.js";
import { and, or } from "./logic.js";
import { where } from "./where.js";
import { withVjp } from "./withVjp.js";

/**
 * Complex numbers: two floating-point tensors of one shape and dtype. A plain tree, so that it goes through `grad`, `vmap` and `compile` as it is; what is done to both parts alike is
 * `mapTree`: `mapTree(add, a, b)`. Its gradient is the pair of the gradients of the parts, dL/dreal + i dL/dimag, as PyTorch's is.
 */
export type Complex = { readonly real: Tensor; readonly imag: Tensor };

/** The pair of a complex argument, or of a real tensor and zeros; throws where it is neither. */
export function toComplex(op: string, name: string, z: Tensor | Complex): Complex {
  if (z instanceof Tensor) {
    expectDType(op, name, z, "float");
    return { real: z, imag: zerosLike(z) };
  }
  // Untyped code may pass anything.
  const given: unknown = z;
  if (typeof given !== "object" || given === null || !("real" in given) || !("imag" in given)) {
    throw new Error(
      `${op}: ${name} must be a tensor, or { real, imag } with two tensors of one shape, got ${show(given)}`,
    );
  }
  const { real, imag } = z;
  expectTensor(op, `${name}.real`, real);
  expectTensor(op, `${name}.imag`, imag);
  expectDType(op, `${name}.real`, real, "float");
  if (imag.dtype !== real.dtype || !sameShape(imag.shape, real.shape)) {
    throw new Error(
      `${op}: ${name}.real and ${name}.imag must have one dtype and shape, got ${describe(real)} and ${describe(imag)}`,
    );
  }
  return { real, imag };
}

/** The conjugate, real - i imag. */
export function conj(z: Tensor | Complex): Complex {
  const { real, imag } = toComplex("conj", "z", z);
  return { real, imag: neg(imag) };
}

/** The product a b, broadcast by NumPy's rule. */
export function complexMul(a: Tensor | Complex, b: Tensor | Complex): Complex {
  const [x, y] = [toComplex("complexMul", "a", a), toComplex("complexMul", "b", b)];
  return {
    real: sub(mul(x.real, y.real), mul(x.imag, y.imag)),
    imag: add(mul(x.real, y.imag), mul(x.imag, y.real)),
  };
}

/** The absolute value sqrt(real^2 + imag^2), also where the squares are beyond the dtype's range; infinity where a part is. Its gradient at 0 is 0, as PyTorch's. */
export function complexAbs(z: Tensor | Complex): Tensor {
  const { real, imag } = toComplex("complexAbs", "z", z);
  const { scale, root } = scaled({ real, imag });
  const length = where(or(isinf(real), isinf(imag)), Number.POSITIVE_INFINITY, mul(root, scale));
  // The parts over the length, without the length, which may overflow where they do not.
  const backward = (g: Tensor, own: Complex): Complex => {
    const parts = scaled(own);
    const share = (part: Tensor): Tensor =>
      where(parts.isZero, 0, mul(g, div(div(part, parts.scale), parts.divisor)));
    return { real: share(own.real), imag: share(own.imag) };
  };
  const [result] = withVjp("complexAbs", [real, imag], [length], ([g], [a, b]) => {
    const gradient = backward(g!, { real: a!, imag: b! });
    return [gradient.real, gradient.imag];
  });
  return result!;
}

/** A number by its larger part, which its length is the product of `scale` and `root` of. */
function scaled({ real, imag }: Complex) {
  const largest = stopGradient(maximum(abs(real), abs(imag)));
  const scale = where(and(isfinite(largest), gt(largest, 0)), largest, 1);
  const squares = add(square(div(real, scale)), square(div(imag, scale)));
  const isZero = eq(squares, 0);
  const divisor = sqrt(where(isZero, 1, squares));
  return { scale, isZero, divisor, root: where(isZero, 0, divisor) };
}

/** The angle in radians, from -pi to pi, by the signs of zeros; of real numbers 0, or pi below 0. The gradient at 0 is 0. */
export function angle(z: Tensor | Complex): Tensor {
  const { real, imag } = toComplex("angle", "z", z);
  if (z instanceof Tensor) return where(isnan(real), real, where(lt(real, 0), Math.PI, imag));
  return atan2(imag, real);
}
