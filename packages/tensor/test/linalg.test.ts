import { normal } from "@clidim/testing/fills";
import { valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import * as T from "../src/index.js";
import { evaluate, type Shape, type Tensor } from "../src/index.js";
import { expectMatchesReference } from "./against.js";

const epsilon = 2 ** -24;

const transposed = (x: Tensor): Tensor =>
  T.transpose(x, [...x.shape.keys()].with(-1, x.shape.length - 2).with(-2, x.shape.length - 1));

/** Symmetric positive definite, the condition of its eigenvalues at most n + 1. */
function positive(shape: Shape, seed = 1): Tensor {
  const n = shape.at(-1)!;
  const x = normal(shape, seed);
  return T.add(T.div(T.matmul(x, transposed(x)), Math.max(n, 1)), T.mul(T.eye(n), 1 / Math.max(n, 1)));
}

/** A difference that should be nothing, and what it is small against: at most `factor` n roundings of the product of their norms. */
type Backward = readonly [what: string, difference: Tensor, against: readonly Tensor[], factor?: number];

/** The norm of each matrix, in double precision. */
async function norms(x: Tensor): Promise<number[]> {
  const data = await x.data();
  const size = T.sizeOf(x.shape.slice(-2));
  return Array.from({ length: data.length / size }, (_, k) =>
    Math.hypot(...data.subarray(k * size, (k + 1) * size)),
  );
}

/** All at once, since each program compiles its kernels. */
async function expectSmall(cases: readonly Backward[]): Promise<void> {
  await evaluate(cases.flatMap(([, difference, against]) => [difference, ...against]));
  for (const [what, difference, against, factor = 4] of cases) {
    const left = await norms(difference);
    const scales = await Promise.all(against.map(norms));
    const n = Math.max(...against[0]!.shape.slice(-2));
    left.forEach((norm, k) => {
      const scale = scales.reduce((product, each) => product * each[k]!, 1);
      expect(norm / scale, `${what} ${against[0]}, matrix ${k}`).toBeLessThanOrEqual(factor * n * epsilon);
    });
  }
}

/** Rotations multiply some roundings each, in six sweeps or more. */
const jacobi = 8;

const times = (x: Tensor, diagonal: Tensor): Tensor => T.mul(x, T.expandDims(diagonal, -2));

/** Q^T Q - I, which is small against what has the norm of one column. */
const orthonormal = (what: string, q: Tensor, factor = 4): Backward => {
  const gram = T.matmul(transposed(q), q);
  return [`columns of ${what}`, T.sub(gram, T.eye(q.shape.at(-1)!)), [gram], factor];
};

/** Of a square, of a symmetric and of any matrix. */
function decompositions(square: Tensor, symmetric: Tensor, x: Tensor): Backward[] {
  const { q, r } = T.qr(x);
  const wide = T.qr(transposed(x));
  const { eigenvalues, eigenvectors } = T.eigh(symmetric);
  const { u, s, vh } = T.svd(x);
  // Of rank 1: what is orthonormal is so none the less.
  const flat = T.matmul(square, T.ones(square.shape));
  const low = T.svd(flat);
  return [
    ["qr", T.sub(T.matmul(q, r), x), [x]],
    ["qr of a wide matrix", T.sub(T.matmul(wide.q, wide.r), transposed(x)), [x]],
    orthonormal("Q", q),
    [
      "eigh",
      T.sub(T.matmul(times(eigenvectors, eigenvalues), transposed(eigenvectors)), symmetric),
      [symmetric],
      jacobi,
    ],
    orthonormal("eigenvectors", eigenvectors, jacobi),
    ["svd", T.sub(T.matmul(times(u, s), vh), x), [x], jacobi],
    orthonormal("U", u),
    orthonormal("V", transposed(vh), jacobi),
    ["svd of a singular matrix", T.sub(T.matmul(times(low.u, low.s), low.vh), flat), [flat], jacobi],
    orthonormal("U of a singular matrix", low.u),
  ];
}

/** Around the block of a kernel, and of a size that takes three. */
const sizes = [1, 2, 3, 17, 64, 130];

describe("linear algebra on a device", () => {
  it("factors and solves within n roundings, one matrix and many", () =>
    expectSmall(
      sizes.flatMap((n): Backward[] => {
        const batch = n === 3 ? [70] : n === 17 ? [2, 3] : [];
        const a = positive([...batch, n, n], n);
        const l = T.cholesky(a);
        const b = normal([...batch, n, n], n + 1);
        const { p, l: lower, u } = T.lu(b);
        const right = normal([...batch, n, 5], n + 2);
        const x = T.solve(b, right);
        return [
          ["cholesky", T.sub(T.matmul(l, transposed(l)), a), [a]],
          ["lu", T.sub(T.matmul(p, T.matmul(lower, u)), b), [b]],
          ["solve", T.sub(T.matmul(b, x), right), [b, x]],
          ...decompositions(b, a, n === 17 ? normal([...batch, n + 9, n], 7) : b),
        ];
      }),
    ));

  it("computes what the interpreter does", () =>
    expectMatchesReference(
      () => {
        const a = positive([2, 5, 5]);
        const b = normal([2, 5, 3], 2);
        const { p, l, u } = T.lu(normal([7, 4], 3));
        const b3 = normal([3, 4, 4], 5);
        return [
          T.cholesky(a),
          T.cholesky(a, { upper: true }),
          T.triangularSolve(a, b),
          T.triangularSolve(a, b, { upper: true, unitriangular: true }),
          T.triangularSolve(a, transposed(b), { left: false }),
          T.triangularSolve(a, b, { transpose: true }),
          T.solve(a, b),
          T.inv(a),
          p,
          l,
          u,
          T.det(b3),
          ...Object.values(T.slogdet(b3)),
          ...Object.values(T.qr(normal([5, 3], 8))),
          ...Object.values(T.eigh(b3)),
          ...Object.values(T.svd(normal([4, 3], 9))),
          ...Object.values(T.lstsq(normal([5, 3], 8), normal([5], 9))),
        ];
      },
      2e-5,
      [
        ["all passes", {}],
        ["unfused", { fuse: false }],
        ["immediates", { immediates: true }],
      ],
    ));

  it("is NaN where a matrix is not positive definite, infinite where one is singular, and leaves its neighbours alone", async () => {
    const a = T.tensor([
      [
        [1, 2],
        [2, 1],
      ],
      [
        [4, 2],
        [2, 5],
      ],
    ]);
    const l = T.cholesky(a);
    const x = T.solve(
      T.tensor([
        [
          [0, 0],
          [0, 0],
        ],
        [
          [2, 0],
          [0, 4],
        ],
      ]),
      T.tensor([1, 2]),
    );
    await evaluate([l, x]);
    expect([...(await l.data())]).toEqual([Number.NaN, 0, Number.NaN, Number.NaN, 2, 0, 1, 2]);
    const { eigenvalues } = T.eigh(
      T.tensor([
        [
          [1, Number.NaN],
          [0, 1],
        ],
        [
          [2, 0],
          [0, 3],
        ],
      ]),
    );
    const { s } = T.svd(
      T.tensor([
        [
          [1, Infinity],
          [0, 1],
        ],
        [
          [2, 0],
          [0, 3],
        ],
      ]),
    );
    await evaluate([eigenvalues, s]);
    expect([...(await eigenvalues.data())]).toEqual([Number.NaN, Number.NaN, 2, 3]);
    expect([...(await s.data())]).toEqual([Number.NaN, Number.NaN, 3, 2]);
    const solved = [...(await x.data())];
    expect(solved.slice(0, 2).some(Number.isFinite)).toBe(false);
    expect(solved.slice(2)).toEqual([0.5, 0.5]);
  });

  it("takes empty matrices, batches and right sides", () => {
    const none = T.zeros([0, 0]);
    expect([...T.det(none).shape, valuesOf(T.det(none))]).toEqual([[1]]);
    for (const x of [T.cholesky(none), T.inv(none), T.lu(none).l, T.solve(none, none)]) {
      expect(x.shape).toEqual([0, 0]);
    }
    const batch = T.zeros([0, 3, 3]);
    for (const x of [T.cholesky(batch), T.inv(batch), T.lu(batch).u]) expect(x.shape).toEqual([0, 3, 3]);
    expect(T.solve(positive([3, 3]), T.zeros([3, 0])).shape).toEqual([3, 0]);
    const { p, l, u } = T.lu(T.zeros([3, 0]));
    expect([l.shape, u.shape]).toEqual([
      [3, 0],
      [0, 0],
    ]);
    expect(valuesOf(p)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });

  it("broadcasts batches, and takes vectors", () => {
    const a = positive([4, 1, 3, 3]);
    expect(T.solve(a, normal([2, 3, 5])).shape).toEqual([4, 2, 3, 5]);
    expect(T.solve(a, normal([3])).shape).toEqual([4, 1, 3]);
    expect(T.solve(a, normal([4, 1, 3])).shape).toEqual([4, 1, 3]);
    expect(T.triangularSolve(a, normal([2, 5, 3]), { left: false }).shape).toEqual([4, 2, 5, 3]);
    expect(T.solve(T.ones([1, 1, 1]), T.ones([1])).shape).toEqual([1, 1]);
    expect(() => T.solve(T.ones([5, 1, 1]), T.ones([5]))).toThrow("solve: b must have 1 rows");
  });

  it("takes more rows than a call has arguments", () => {
    const rows = 200_000;
    const { r } = T.qr(T.full([rows, 1], 2));
    expect(valuesOf(r)[0]).toBeCloseTo(-2 * Math.sqrt(rows), 6);
  });

  it("says what is wrong", () => {
    expect(() => T.cholesky(normal([2, 3]))).toThrow(
      "cholesky: a must be square matrices [...,N,N], got f32 [2,3]",
    );
    expect(() => T.inv(T.tensor([1, 2]))).toThrow("inv: a must be matrices [...,M,N], got f32 [2]");
    expect(() => T.lu(T.cast(normal([2, 2]), "f16"))).toThrow("lu: a must be f32, got f16 [2,2]; cast first");
    expect(() => T.solve(positive([3, 3]), normal([2, 1]))).toThrow(
      "solve: b must have 3 rows, as many as the matrices have, got f32 [2,1] for f32 [3,3]",
    );
  });
});
