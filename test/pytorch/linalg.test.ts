import { readFileSync } from "node:fs";
import { vjp } from "@clidim/autograd";
import type { Tensor } from "@clidim/tensor";
import * as T from "@clidim/tensor";
import { expectClose, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";

interface Options {
  readonly upper?: boolean;
  readonly left?: boolean;
  readonly unitriangular?: boolean;
  readonly exponent?: number;
  /** Text, since JSON has no infinity. */
  readonly ord?: string;
  readonly offset?: number;
  readonly axes?: readonly number[] | null;
  readonly keepDims?: boolean;
}

interface Case {
  readonly name: keyof typeof functions;
  readonly options: Options;
  readonly shapes: readonly T.Shape[];
  readonly results: readonly { readonly shape: T.Shape; readonly values: readonly (number | string)[] }[];
  readonly gradients?: readonly (readonly (number | string)[])[];
}

const positive = (x: Tensor): Tensor => T.add(T.einsum("...ij,...kj->...ik", x, x), T.eye(x.shape.at(-2)!));

const orderOf = (ord: string | undefined): { ord?: T.MatrixNorm } => {
  if (ord === undefined || ord === "None") return {};
  if (ord === "fro" || ord === "nuc") return { ord };
  return { ord: Number(ord.replace("inf", "Infinity")) };
};

/** What linalg.py calls by these names. */
const functions = {
  cholesky: ([x], { upper }) => [T.cholesky(positive(x!), { upper: upper! })],
  inv: ([x]) => [T.inv(positive(x!))],
  det: ([x]) => [T.det(x!)],
  slogdet: ([x]) => {
    const { sign, logabsdet } = T.slogdet(x!);
    return [sign, logabsdet];
  },
  eigh: ([x]) => {
    const { eigenvalues, eigenvectors } = T.eigh(x!);
    return [eigenvalues, T.square(eigenvectors)];
  },
  matrixPower: ([x], { exponent }) => [T.matrixPower(positive(x!), exponent!)],
  solve: ([a, b]) => [T.solve(a!, b!)],
  triangularSolve: ([t, b], options) => [T.triangularSolve(positive(t!), b!, options)],
  lu: ([x]) => {
    const { p, l, u } = T.lu(x!);
    return [p, l, u];
  },
  qr: ([x]) => {
    const { q, r } = T.qr(x!);
    return [q, r];
  },
  svd: ([x]) => {
    const { u, s, vh } = T.svd(x!);
    return [T.square(u), s, T.square(vh)];
  },
  pinv: ([x]) => [T.pinv(x!)],
  matrixRank: ([x]) => [T.matrixRank(x!)],
  lstsq: ([a, b]) => [T.lstsq(a!, b!).solution],
  vectorNorm: ([x], { ord, axes }) => [
    T.vectorNorm(x!, { ord: orderOf(ord).ord as number, ...(axes ? { axes } : {}) }),
  ],
  matrixNorm: ([x], { ord, axes }) => [T.matrixNorm(x!, { ...orderOf(ord), axes: axes as [number, number] })],
  norm: ([x], { ord, axes, keepDims }) => [
    T.norm(x!, { ...orderOf(ord), ...(axes ? { axes } : {}), keepDims: keepDims! }),
  ],
  diagonal: ([x], { offset, axes }) => [T.diagonal(x!, offset, axes![0], axes![1])],
  diagEmbed: ([x], { offset }) => [T.diagEmbed(x!, offset)],
  diag: ([x], { offset }) => [T.diag(x!, offset)],
  trace: ([x]) => [T.trace(x!)],
  outer: ([a, b]) => [T.outer(a!, b!)],
  kron: ([a, b]) => [T.kron(a!, b!)],
} satisfies Record<string, (inputs: readonly Tensor[], options: Options) => Tensor[]>;

const cases: readonly Case[] = JSON.parse(readFileSync(new URL("linalg.json", import.meta.url), "utf8"));

const inputsOf = ({ shapes }: Case): Tensor[] =>
  shapes.map((shape, seed) =>
    T.tensor(
      Float64Array.from({ length: T.sizeOf(shape) }, (_, i) =>
        Math.sin(1.7 * i + 0.3 * (seed + 1) + 0.05 * i ** 1.5),
      ),
      { shape },
    ),
  );

const call = ({ name, options }: Case, inputs: readonly Tensor[]): Tensor[] =>
  // One function takes what another does.
  (functions[name] as (inputs: readonly Tensor[], options: Options) => Tensor[])(inputs, options);

const numbersOf = (values: readonly (number | string)[]): number[] =>
  values.map((value) => Number(String(value).replace("inf", "Infinity")));

const titles = cases.map(
  (one) => [`${one.name} ${JSON.stringify(one.options)} of ${JSON.stringify(one.shapes)}`, one] as const,
);

// The inputs are rounded to f32, which a matrix near a singular one magnifies.
const tolerance = 2e-5;

describe("linear algebra as PyTorch does it", () => {
  it.each(titles)("%s", (_title, one) => {
    const inputs = inputsOf(one);
    const results = call(one, inputs);
    for (const [k, result] of results.entries()) {
      expect(result.shape).toEqual(one.results[k]!.shape);
      expectClose(valuesOf(result), numbersOf(one.results[k]!.values), tolerance);
    }
    if (!one.gradients) return;
    const { pullback } = vjp((xs: Tensor[]) => {
      const parts = call(one, xs).filter(({ dtype }) => T.isFloat(dtype));
      return parts.reduce<Tensor>(
        (total, part) => {
          const weights = T.tensor(
            Float64Array.from({ length: T.sizeOf(part.shape) }, (_, i) => Math.sin(i + 1)),
            { shape: part.shape },
          );
          return T.add(total, T.sum(T.mul(part, weights)));
        },
        T.full([], 0),
      );
    }, inputs);
    const [gradients] = pullback(T.full([], 1));
    for (const [k, expected] of one.gradients.entries()) {
      expectClose(valuesOf(gradients[k]!), numbersOf(expected), tolerance);
    }
  });
});
