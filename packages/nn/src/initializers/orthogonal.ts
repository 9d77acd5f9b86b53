import {
  add,
  div,
  eye,
  formatShape,
  matmul,
  mul,
  normal,
  reshape,
  sizeOf,
  sqrt,
  square,
  sum,
  type Tensor,
  transpose,
} from "@clidim/tensor";
import { atLeastZero, checkOptions } from "../checkOptions.js";
import type { Initializer } from "./initializer.js";

export interface OrthogonalOptions {
  /** Factor on the result. Default 1. */
  readonly gain?: number;
}

/** X (a I + b X'X + c (X'X)^2): the polynomial a s + b s^3 + c s^5 of every singular value s of the tall matrix X. */
function polynomial(x: Tensor, a: number, b: number, c: number): Tensor {
  const gram = matmul(transpose(x, [1, 0]), x);
  const inner = c === 0 ? mul(gram, b) : add(mul(gram, b), mul(matmul(gram, gram), c));
  return matmul(x, add(mul(eye(gram.shape[0]!), a), inner));
}

/**
 * A (semi-)orthogonal matrix, uniformly distributed: the polar factor of a normal matrix, which is Haar distributed. The shape is
 * read as [everything else, last axis]. The polar factor is found by a Newton-Schulz iteration: steps of a quintic that raises
 * small singular values 3.4-fold into (0.6, 1.2), then the cubic (3 s - s^3) / 2, which converges quadratically to 1.
 */
export function orthogonal(options: OrthogonalOptions = {}): Initializer {
  checkOptions("orthogonal", options, { gain: atLeastZero });
  const { gain = 1 } = options;
  return (key, shape) => {
    if (shape.length < 2) {
      throw new Error(`orthogonal: expected a shape of rank 2 or more, got ${formatShape(shape)}`);
    }
    const columns = shape.at(-1)!;
    const rows = sizeOf(shape) / columns;
    const tall: [number, number] = rows >= columns ? [rows, columns] : [columns, rows];
    const drawn = normal(key, tall);
    // The Frobenius norm bounds every singular value by 1, where both polynomials are contracting.
    let x = div(drawn, sqrt(sum(square(drawn))));
    for (let i = 0; i < 15; i++) x = polynomial(x, 3.4445, -4.775, 2.0315);
    for (let i = 0; i < 7; i++) x = polynomial(x, 1.5, -0.5, 0);
    return reshape(mul(rows >= columns ? x : transpose(x, [1, 0]), gain), shape);
  };
}
