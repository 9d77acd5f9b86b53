import type { Tensor } from "@clidim/tensor";
import * as T from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { normal } from "@clidim/testing/fills";
import { expect, test } from "vitest";
import { grad, jvp, vmap } from "../src/index.js";
import { checkGradients } from "../src/testing.js";

const gram = (x: Tensor): Tensor => T.add(T.einsum("...ij,...kj->...ik", x, x), T.eye(x.shape.at(-2)!));

/** Away from singular ones, with pivots that small changes do not exchange. */
const regular = (x: Tensor): Tensor => T.add(x, T.mul(T.flip(T.eye(x.shape.at(-2)!, x.shape.at(-1)!), 0), 6));

/** Eigenvalues and singular values at a distance from each other, vectors whose largest component small changes do not exchange. */
function apart(x: Tensor): Tensor {
  const [m, n] = x.shape.slice(-2) as [number, number];
  const steps = T.mul(T.eye(m, n), T.add(T.iota([m, 1], 0, "f32"), 1));
  return T.add(T.mul(x, 0.3), T.mul(steps, 3));
}

/** Each part of a decomposition, which are differentiated together. */
function all(x: Tensor): Tensor {
  const { u, s, vh } = T.svd(apart(x));
  return T.concat([u, T.expandDims(s, -2), vh], -2);
}

/** Functions of matrices, and the shapes that they are checked for. */
const functions: Readonly<Record<string, readonly [f: (...xs: Tensor[]) => Tensor, ...shapes: T.Shape[]]>> = {
  cholesky: [(x) => T.cholesky(gram(x!)), [2, 3, 3]],
  "cholesky of what is not symmetric": [(x) => T.cholesky(T.add(x!, T.mul(T.eye(3), 8))), [3, 3]],
  triangularSolve: [(t, b) => T.triangularSolve(T.add(t!, T.mul(T.eye(3), 4)), b!), [2, 3, 3], [3, 2]],
  "triangularSolve from the right": [
    (t, b) => T.triangularSolve(t!, b!, { upper: true, left: false, unitriangular: true }),
    [3, 3],
    [2, 2, 3],
  ],
  solve: [(a, b) => T.solve(regular(a!), b!), [2, 3, 3], [3, 2]],
  inv: [(a) => T.inv(regular(a!)), [3, 3]],
  "lu, L": [(a) => T.lu(regular(a!)).l, [4, 3]],
  "lu, U": [(a) => T.lu(regular(a!)).u, [3, 4]],
  det: [(a) => T.det(regular(a!)), [2, 3, 3]],
  slogdet: [(a) => T.slogdet(regular(a!)).logabsdet, [3, 3]],
  "qr, Q": [(a) => T.qr(regular(a!)).q, [4, 3]],
  "qr, R": [(a) => T.qr(regular(a!)).r, [3, 4]],
  "eigh, eigenvalues": [(a) => T.eigh(apart(a!)).eigenvalues, [3, 3]],
  "eigh, eigenvectors": [(a) => T.eigh(apart(a!)).eigenvectors, [3, 3]],
  "svd, U": [(a) => T.svd(apart(a!)).u, [4, 3]],
  "svd, all": [all, [3, 3]],
  "svd, V": [(a) => T.svd(apart(a!)).vh, [3, 4]],
  pinv: [(a) => T.pinv(apart(a!)), [4, 3]],
  lstsq: [(a, b) => T.lstsq(apart(a!), b!).solution, [3, 4], [3, 2]],
  nuclear: [(a) => T.matrixNorm(apart(a!), { ord: "nuc" }), [2, 3]],
};

for (const [name, [f, ...shapes]] of Object.entries(functions)) {
  test(`${name}: gradients to second order, forward and of a batch`, () => {
    const inputs = shapes.map((shape, k) => normal(shape, k + 1));
    const loss = (...xs: Tensor[]): Tensor => {
      const y = f(...xs);
      return T.sum(T.mul(y, T.sin(T.add(y, T.reshape(T.iota([T.sizeOf(y.shape)], 0, "f32"), y.shape)))));
    };
    checkGradients(loss, inputs);
    const close = (a: Tensor, b: Tensor): void => {
      const [left, right] = interpret([a, b]) as [Float64Array, Float64Array];
      left.forEach((value, i) => {
        expect(value).toBeCloseTo(right[i]!, 8);
      });
    };
    const tangents = shapes.map((shape, k) => normal(shape, k + 11));
    const { tangent } = jvp(loss, inputs, tangents);
    const gradients = inputs.map((_, k) => grad((x: Tensor) => loss(...inputs.with(k, x)))(inputs[k]!));
    const along = gradients.map((gradient, k) => T.sum(T.mul(gradient, tangents[k]!)));
    close(
      tangent,
      along.reduce((total, part) => T.add(total, part)),
    );
    const batches = inputs.map((x, k) => T.stack([x, tangents[k]!], 0));
    const each = [0, 1].map((k) =>
      grad(loss)(...batches.map((x) => T.reshape(T.narrow(x, 0, k, 1), x.shape.slice(1)))),
    );
    close(vmap(grad(loss))(...batches), T.stack(each, 0));
  });
}
