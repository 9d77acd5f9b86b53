import { expectDType, expectSameDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { abs, div, mul, rem } from "./arithmetic.js";
import { eq, ne } from "./comparison.js";
import { any } from "./reductions.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";
import { whileLoop } from "./whileLoop.js";

/** Divisions that Euclid's algorithm takes at most: neighbours of Fibonacci's sequence below 2^32 take the most. */
const divisions = 47;

function operands(op: string, a: TensorLike, b: TensorLike): readonly [Tensor, Tensor] {
  const [x, y] = broadcastOperands(op, [a, b]);
  expectDType(op, "a", x, "integer");
  expectDType(op, "b", y, "integer");
  expectSameDType(op, [x, y]);
  return x.dtype === "i32" ? [abs(x), abs(y)] : [x, y];
}

/** The other, or 1 where it is 0, to divide by. */
const divisor = (x: Tensor): Tensor => where(eq(x, 0), 1, x);

/** By Euclid's algorithm, in as many turns as the slowest pair takes. */
function euclid(x: Tensor, y: Tensor): Tensor {
  const { whole } = whileLoop(
    ({ rest }) => any(ne(rest, 0)),
    ({ whole, rest }) => {
      const done = eq(rest, 0);
      return { whole: where(done, whole, rest), rest: where(done, rest, rem(whole, divisor(rest))) };
    },
    { whole: x, rest: y },
    { maxSteps: divisions },
  );
  // -2^31 is its own magnitude in i32, and its remainders are negative.
  return x.dtype === "i32" ? abs(whole) : whole;
}

/** The greatest common divisor of whole numbers (i32 or u32), of their magnitudes where they are negative; of 0 and x it is |x|: NumPy's, PyTorch's and JAX's `gcd`. 2^31, which i32 does not have, is -2^31, as there. */
export const gcd = (a: TensorLike, b: TensorLike): Tensor => euclid(...operands("gcd", a, b));

/** The least common multiple of whole numbers (i32 or u32), of their magnitudes; 0 where one is 0: NumPy's, PyTorch's and JAX's `lcm`. */
export function lcm(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = operands("lcm", a, b);
  return mul(div(x, divisor(euclid(x, y))), y);
}
