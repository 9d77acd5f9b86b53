import { describe, expectDType, expectTensor, show } from "../../primitives/expect.js";
import { sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { mul } from "../arithmetic.js";
import { matmul } from "../matmul.js";
import { reshape } from "../reshape.js";
import { batchOf, expectSquare, extentsOf, identities } from "./matrices.js";
import { inv } from "./solve.js";

/** Every product of an element of a [M] and one of b [N], as a matrix [M,N]: NumPy's and PyTorch's `outer`. What is no vector is flattened, as in NumPy. */
export function outer(a: Tensor, b: Tensor): Tensor {
  expectDType("outer", "a", a, "numeric");
  expectDType("outer", "b", b, "numeric");
  return product("outer", reshape(a, [sizeOf(a.shape), 1]), reshape(b, [1, sizeOf(b.shape)]));
}

/** The Kronecker product: each element of a replaced by the product of it with all of b. NumPy's and PyTorch's `kron`; ranks are made equal by axes of extent 1 in front. */
export function kron(a: Tensor, b: Tensor): Tensor {
  expectDType("kron", "a", a, "numeric");
  expectDType("kron", "b", b, "numeric");
  const rank = Math.max(a.shape.length, b.shape.length);
  const filled = ({ shape }: Tensor): number[] => [...Array<number>(rank - shape.length).fill(1), ...shape];
  const [of, by] = [filled(a), filled(b)];
  const left = reshape(
    a,
    of.flatMap((extent) => [extent, 1]),
  );
  const right = reshape(
    b,
    by.flatMap((extent) => [1, extent]),
  );
  return reshape(
    product("kron", left, right),
    of.map((extent, axis) => extent * by[axis]!),
  );
}

function product(op: string, a: Tensor, b: Tensor): Tensor {
  if (a.dtype !== b.dtype) {
    throw new Error(`${op}: operands must have one dtype, got ${describe(a)} and ${describe(b)}; cast first`);
  }
  return mul(a, b);
}

/** A to the power of a whole number, for square matrices A [...,N,N]: PyTorch's and NumPy's `matrix_power`. Of the inverse where that is negative. */
export function matrixPower(a: Tensor, exponent: number): Tensor {
  const op = "matrixPower";
  expectTensor(op, "a", a, "f32");
  expectSquare(op, "a", a);
  if (!Number.isInteger(exponent)) {
    throw new Error(`${op}: exponent must be a whole number, got ${show(exponent)}`);
  }
  if (exponent === 0) return identities(batchOf(a), extentsOf(a)[0]);
  let [square, rest] = [exponent < 0 ? inv(a) : a, Math.abs(exponent)];
  let result: Tensor | undefined;
  for (;;) {
    if (rest % 2 === 1) result = result ? matmul(result, square) : square;
    rest = Math.floor(rest / 2);
    if (rest === 0) return result!;
    square = matmul(square, square);
  }
}
