import {
  adaptiveMaxPool2d,
  add,
  argsort,
  avgPool2d,
  avgPool3d,
  blockDiag,
  compress,
  conv1d,
  conv3d,
  cummax,
  cumprod,
  cumsum,
  diff,
  einsum,
  fold,
  gatherNd,
  gradient,
  gridSample,
  histogram,
  interp,
  interpolate,
  maxPool1d,
  maxPool2d,
  maxPool3dWithIndices,
  median,
  mul,
  normalize,
  pad,
  quantile,
  resizeBilinear,
  resizeNearest,
  sampleBilinear,
  scatter,
  scatterNd,
  sort,
  square,
  sum,
  type Tensor,
  take,
  takeAlongAxis,
  tensor,
  topK,
  unfold,
  unique,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { extent, runs, seeds, shapes } from "@clidim/testing/arbitraries";
import { betweenIntegers, distinct, normal } from "@clidim/testing/fills";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { grad } from "../src/index.js";
import { checkAdjoint, checkGradients } from "../src/testing.js";

const withAxis = shapes(1, 3).chain((shape) =>
  fc.tuple(fc.constant(shape), fc.integer({ min: -shape.length, max: shape.length - 1 }), seeds),
);

describe("along an axis", () => {
  it("cumsum is adjoint, in one piece and in blocks", () => {
    const property = fc.property(withAxis, ([shape, axis, seed]) =>
      checkAdjoint((x: Tensor) => cumsum(x, axis), [normal(shape, seed)], { seed }),
    );
    fc.assert(property, runs);
    for (const length of [65, 100, 1025]) {
      checkAdjoint((x: Tensor) => cumsum(x, 1), [normal([2, length], length)]);
    }
  });

  it("sort and topK send the gradient back to where each element came from, to second order", () => {
    const property = fc.property(withAxis, fc.boolean(), ([shape, axis, seed], descending) => {
      const x = distinct(shape, seed);
      checkGradients((x: Tensor) => sort(x, axis, { descending }), [x], { seed, projections: 1 });
      const k = Math.ceil(shape.at(axis)! / 2);
      checkGradients((x: Tensor) => topK(x, k, axis).values, [x], { seed, projections: 1 });
    });
    fc.assert(property, runs);
  });

  it("elements that are chosen, placed and ordered, to second order", () => {
    const places = tensor(Int32Array.of(2, 0, 0, 1), { shape: [2, 2] });
    const [x, updates] = [distinct([2, 3], 1), add(distinct([2, 2], 2), 0.123)];
    checkGradients((x: Tensor) => square(takeAlongAxis(x, places, 1)), [x]);
    checkGradients(
      (x: Tensor) => square(gatherNd(x, tensor(Int32Array.of(1, 2, 0, 0), { shape: [2, 2] }))),
      [x],
    );
    for (const mode of ["set", "add", "mul", "max", "min", "mean"] as const) {
      for (const includeSelf of mode === "set" ? [true] : [true, false]) {
        checkGradients(
          (x: Tensor, updates: Tensor) => square(scatter(x, places, updates, 1, { mode, includeSelf })),
          [x, updates],
        );
      }
    }
    checkGradients(
      (x: Tensor, rows: Tensor) => square(scatterNd(x, tensor(Int32Array.of(1), { shape: [1, 1] }), rows)),
      [x, distinct([1, 3], 3)],
    );
    checkGradients((x: Tensor) => cumprod(x, 1), [x]);
    checkGradients((x: Tensor) => square(cummax(x, 1).values), [x]);
    checkGradients((x: Tensor) => square(quantile(x, [0.2, 0.5], 1)), [x]);
    checkGradients((x: Tensor) => square(median(x)), [x]);
    const chosen = tensor([true, false, true]);
    checkGradients((x: Tensor) => square(compress(x, chosen, { size: 3, axis: 1 })), [x]);
    checkGradients((x: Tensor) => square(unique(x, { size: 4 }).values), [x]);
    checkAdjoint((weights: Tensor) => histogram(x, { bins: 3, weights }).counts, [x]);
    checkAdjoint((x: Tensor) => diff(x, 1, 2), [x]);
    const across = tensor([0.5, 1, 2.5]);
    checkGradients((x: Tensor, at: Tensor) => square(gradient(x, at, 1, { edgeOrder: 2 })), [x, across]);
    checkGradients((x: Tensor) => square(normalize(x)), [x]);
    checkAdjoint((x: Tensor) => blockDiag([x, x]), [x]);
    const knots = [tensor([-2, -0.5, 0.7, 3]), tensor([0.5, 2, -1, 4])] as const;
    checkGradients(
      (x: Tensor, at: Tensor, values: Tensor) => square(interp(x, at, values)),
      [tensor([-1.7, -0.1, 0.3, 2.5, 5]), ...knots],
    );
  });

  it("the products so far of zeros have their gradients", () => {
    const product = (x: Tensor): Tensor => sum(cumprod(x, 0));
    const [gradient] = interpret([grad(product)(tensor([2, 0, 3, 0, 5]))]);
    expect([...gradient!]).toEqual([1, 8, 0, 0, 0]);
  });

  it("positions of a sort pass no gradient", () => {
    const f = (x: Tensor): Tensor => sum(take(x, argsort(x), 0));
    const [gradient] = interpret([grad(f)(tensor([3, 1, 2]))]);
    expect([...gradient!]).toEqual([1, 1, 1]);
  });
});

describe("images", () => {
  const images = fc.tuple(
    fc.tuple(extent, fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 5 }), extent),
    seeds,
  );
  const pairs = fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 }));

  it("patches, taken and put back", () => {
    const geometry = { kernel: [2, 3], stride: [2, 1], padding: [1, 0], dilation: [1, 2] } as const;
    const image = normal([2, 4, 6, 2], 5);
    checkAdjoint((x: Tensor) => unfold(x, geometry), [image]);
    checkAdjoint((x: Tensor) => fold(x, { ...geometry, size: [4, 6] }), [unfold(image, geometry)]);
  });

  it("pooling, to second order", () => {
    const property = fc.property(images, pairs, pairs, ([shape, seed], kernel, stride) => {
      const padding = [Math.floor(kernel[0] / 2), 0] as const;
      const options = { kernel, stride, padding };
      checkGradients((x: Tensor) => maxPool2d(x, options), [distinct(shape, seed)], { seed, projections: 1 });
      checkAdjoint((x: Tensor) => avgPool2d(x, options), [normal(shape, seed)], { seed });
    });
    fc.assert(property, runs);
  });

  it("resizing is adjoint, by phases and by gathering", () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 25 }), fc.integer({ min: 1, max: 25 }));
    const property = fc.property(images, sizes, ([shape, seed], size) => {
      for (const resize of [resizeNearest, resizeBilinear]) {
        checkAdjoint((x: Tensor) => resize(x, size), [normal(shape, seed)], { seed });
      }
    });
    fc.assert(property, runs);
  });

  it("interpolation and adaptive means are adjoint, by phases and by gathering", () => {
    const x = normal([2, 4, 5, 2], 1);
    for (const size of [
      [8, 10],
      [3, 17],
    ] as const) {
      checkAdjoint((x: Tensor) => interpolate(x, { size, mode: "bicubic" }), [x]);
      checkAdjoint((x: Tensor) => interpolate(x, { size, mode: "bilinear", alignCorners: true }), [x]);
      checkAdjoint((x: Tensor) => interpolate(x, { size, mode: "bicubic", antialias: true }), [x]);
      checkAdjoint((x: Tensor) => interpolate(x, { size, mode: "area" }), [x]);
      checkAdjoint((x: Tensor) => interpolate(x, { size, mode: "nearest-exact" }), [x]);
    }
    checkAdjoint(
      (x: Tensor) =>
        pad(
          x,
          [
            [0, 0],
            [2, -1],
            [-1, 3],
            [0, 0],
          ],
          "circular",
        ),
      [x],
    );
  });

  it("pooling of sequences and volumes, with indices, to second order", () => {
    const options = { kernel: 2, stride: 1, dilation: 2, ceilMode: true };
    checkGradients((x: Tensor) => maxPool1d(x, options), [distinct([2, 7, 2], 1)]);
    checkGradients((x: Tensor) => maxPool3dWithIndices(x, options).values, [distinct([1, 4, 3, 4, 1], 2)]);
    checkGradients((x: Tensor) => adaptiveMaxPool2d(x, [2, 3]), [distinct([1, 5, 4, 2], 3)]);
    checkAdjoint(
      (x: Tensor) =>
        avgPool3d(x, { kernel: 3, stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
      [normal([1, 4, 6, 3, 1], 4)],
    );
  });

  it("grids, in the image and in the places, to second order", () => {
    const grid = mul(betweenIntegers([1, 6, 2], 5), 0.3);
    for (const mode of ["bilinear", "bicubic"] as const) {
      for (const padding of ["zero", "reflection"] as const) {
        checkGradients(
          (x: Tensor, grid: Tensor) => gridSample(x, grid, { mode, padding }),
          [normal([1, 4, 5, 1], 6), grid],
          { projections: 1 },
        );
      }
    }
    const places = mul(betweenIntegers([1, 4, 3], 7), 0.3);
    for (const padding of ["zero", "border", "reflection"] as const) {
      checkGradients(
        (x: Tensor, grid: Tensor) => gridSample(x, grid, { padding }),
        [normal([1, 3, 2, 4, 1], 8), places],
        { projections: 1 },
      );
    }
  });

  it("sampling, in the image and in the points, to second order", () => {
    const modes = fc.constantFrom("zero" as const, "border" as const);
    const property = fc.property(images, extent, modes, ([shape, seed], places, padding) => {
      const points = betweenIntegers([shape[0], places, 2], seed + 1);
      checkGradients(
        (x: Tensor, points: Tensor) => sampleBilinear(x, points, { padding }),
        [normal(shape, seed), points],
        { seed, projections: 1 },
      );
    });
    fc.assert(property, runs);
  });
});

describe("contractions", () => {
  it("einsum, to second order", () => {
    const letters = ["i", "j", "k"];
    const some = fc.shuffledSubarray(letters);
    const property = fc.property(
      some.chain((left) =>
        some.chain((right) =>
          fc.tuple(
            fc.constant(left),
            fc.constant(right),
            fc.shuffledSubarray([...new Set([...left, ...right])]),
          ),
        ),
      ),
      fc.tuple(extent, extent, extent),
      seeds,
      ([left, right, out], extents, seed) => {
        const shape = (names: readonly string[]): number[] =>
          names.map((name) => extents[letters.indexOf(name)]!);
        checkGradients(
          (a: Tensor, b: Tensor) => einsum(`${left.join("")},${right.join("")}->${out.join("")}`, a, b),
          [normal(shape(left), seed), normal(shape(right), seed + 1)],
          { seed, projections: 1 },
        );
      },
    );
    fc.assert(property, runs);
  });

  it("einsum of several operands, with diagonals and an ellipsis, to second order", () => {
    checkGradients(
      (a: Tensor, b: Tensor, c: Tensor) => einsum("...iij,jk,...k->...i", a, b, c),
      [normal([2, 3, 3, 2], 1), normal([2, 2], 2), normal([1, 2], 3)],
      { projections: 1 },
    );
  });

  it("conv1d and conv3d, in both arguments", () => {
    const stride = fc.integer({ min: 1, max: 2 });
    const property = fc.property(stride, stride, extent, seeds, (stride, dilation, kernel, seed) => {
      const options = { stride, dilation, padding: dilation * kernel, groups: 2 };
      checkGradients(
        (x: Tensor, weight: Tensor) => conv1d(x, weight, options),
        [normal([2, 5, 4], seed), normal([kernel, 2, 6], seed + 1)],
        { seed, projections: 1 },
      );
      checkGradients(
        (x: Tensor, weight: Tensor) =>
          conv3d(x, weight, { stride, dilation: [1, dilation, 1], padding: [1, dilation, 0] }),
        [normal([1, 4, 4, 3, 2], seed), normal([2, 2, 3, 2, 3], seed + 1)],
        { seed, projections: 1 },
      );
    });
    fc.assert(property, { ...runs, numRuns: Math.ceil((runs.numRuns ?? 60) / 3) });
  });
});
