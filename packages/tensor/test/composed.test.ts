import { normal } from "@clidim/testing/fills";
import { describe, expect, it } from "vitest";
import * as T from "../src/index.js";
import { type Tensor, tensor } from "../src/index.js";
import { expectMatchesReference, settings } from "./against.js";
import { webgpu } from "./webgpu.js";

describe("composed operations on a device", () => {
  it("cumulative sums", () =>
    expectMatchesReference(
      () => [
        T.cumsum(normal([3, 40]), 1),
        T.cumsum(normal([200, 3]), 0),
        T.cumsum(T.mul(normal([1, 1100]), 2), -1),
        T.cumsum(tensor(Int32Array.from({ length: 70 }, (_, i) => i * i)), 0),
      ],
      2e-5,
    ));

  it("orders", () =>
    expectMatchesReference(() => {
      // Many equal elements.
      const x = T.round(T.mul(normal([4, 50]), 10));
      const { values, indices } = T.topK(x, 5, 0 - 1);
      return [
        T.sort(x),
        T.argsort(x, 0, { descending: true }),
        values,
        indices,
        T.permutation(T.key(3), 200),
        T.permutation(T.key(4), 3001),
        T.sort(T.cast(x, "i32"), 0),
        T.sort(T.cast(x, "f16"), 1),
        T.argsort(T.gt(x, 0)),
        // Runs that end within a block, at one and behind one, of rows that do not lie together.
        T.sort(T.round(T.mul(normal([3, 97, 2], 2), 3)), 1),
        T.argsort(T.round(T.mul(normal([64, 5], 3), 3)), 0, { descending: true }),
        T.argsort(T.cast(T.round(T.mul(T.abs(normal([2, 33], 4)), 3)), "u32")),
      ];
    }));

  it("nanQuantile takes the elements that quantile takes, whose rank is no product of singles", async () => {
    const [few, many] = [26, 101].map((n) => tensor(Array.from({ length: n }, (_, i) => i)));
    const higher = { interpolation: "higher" } as const;
    const lower = { interpolation: "lower" } as const;
    expect(await T.nanQuantile(few!, 0.6, 0, higher).item()).toBe(15);
    expect(await T.nanQuantile(many!, 0.53, 0, lower).item()).toBe(53);
    // The rank is 4194.303: small beside the last, as percentiles of images are.
    const image = T.iota([2 ** 22], 0, "f32");
    expect(await T.nanQuantile(image, 0.001, 0, higher).item()).toBe(4195);
  });

  it("functions of halves", () =>
    expectMatchesReference(() => {
      const half = T.cast(T.mul(normal([5, 8]), 4), "f16");
      return [T.sigmoid, T.tanh, T.erfc, T.atan].map((f) => f(half));
    }, 1e-3));

  it("hyperbolic functions, to both ends of the range", () =>
    expectMatchesReference(
      () => {
        const x = tensor([-89, -30, -2, -0.9, -1e-4, 0, 1e-4, 0.5, 0.999, 3, 40, 89]);
        const large = tensor([-3e30, -5000, -4000, -20, -0.3, -1e-5, 0, 1e-5, 0.7, 90, 4097, 1e38]);
        const within = tensor([-0.9999, -0.5, -1e-5, 0, 1e-5, 0.3, 0.99]);
        const above = T.add(T.abs(large), 1);
        return [T.sinh(x), T.cosh(x), T.asinh(large), T.acosh(above), T.atanh(within), T.log10(above)];
      },
      1e-5,
      settings.slice(0, 2),
    ));

  it("elementwise functions and activations", () =>
    expectMatchesReference(() => {
      // Enough for kernels that take four elements at a time.
      const x = T.mul(normal([64, 68]), 4);
      const within = T.clip(normal([64, 68], 2), -1, 1);
      const functions = [T.tan, T.atan, T.expm1, T.erfc, T.sigmoid, T.tanh, T.mish, T.selu, T.glu, T.relu6];
      return [
        ...functions.map((f) => f(x)),
        T.asin(within),
        T.acos(within),
        T.log2(T.add(T.abs(x), 1)),
        T.hardSwish(x),
        T.hardSigmoid(x),
        T.logSigmoid(x),
        T.gelu(x),
        T.gelu(x, { approximate: "tanh" }),
      ];
    }, 1e-5));

  it("products, any, all, ranges, triangles and constant borders", () =>
    expectMatchesReference(() => {
      const x = T.add(T.mul(normal([6, 75]), 0.3), 1);
      const positive = T.gt(normal([6, 75]), 0);
      return [
        T.prod(x),
        T.prod(x, 0),
        T.prod(x, -1, { keepDims: true }),
        T.prod(T.arange(1, 11)),
        T.any(positive, 0),
        T.all(positive, 0),
        T.any(positive),
        T.all(T.or(positive, T.not(positive)), 1),
        T.arange(-3, 9, 2),
        T.arange(0, 1, 0.125),
        T.linspace(-1, 2, 33),
        T.tril(x, 3),
        T.triu(x, -2),
        T.argmax(x),
        T.argmin(x),
        T.pad(
          x,
          [
            [1, 2],
            [0, 3],
          ],
          "constant",
          { value: -0.25 },
        ),
        T.pad(T.arange(4), [[2, 0]], "constant", { value: 9 }),
      ];
    }, 1e-5));

  it("pooling", () =>
    expectMatchesReference(() => {
      const x = normal([2, 9, 8, 3]);
      return [
        T.maxPool2d(x, { kernel: 2 }),
        T.maxPool2d(x, { kernel: 3, stride: 2, padding: 1 }),
        T.avgPool2d(x, { kernel: [2, 4] }),
        T.avgPool2d(x, { kernel: 3, stride: 1, padding: 1 }),
      ];
    }, 1e-5));

  it("resizing and sampling", () =>
    expectMatchesReference(() => {
      const x = normal([2, 6, 5, 3]);
      const points = T.mul(normal([2, 7, 3, 2], 3), 6);
      return [
        T.resizeNearest(x, [12, 15]),
        T.resizeNearest(x, [4, 23]),
        T.resizeBilinear(x, [3, 10]),
        T.resizeBilinear(x, [29, 31]),
        T.sampleBilinear(x, points),
        T.sampleBilinear(x, points, { padding: "border" }),
      ];
    }, 1e-5));

  it("contractions", () =>
    expectMatchesReference(
      () => [
        T.einsum("bij,bjk->bki", normal([2, 3, 4]), normal([2, 4, 5], 2)),
        T.einsum("ij,jk->", normal([3, 4]), normal([4, 5], 2)),
        T.einsum("i,j->ji", normal([3]), normal([4], 2)),
        T.conv1d(normal([2, 11, 4]), normal([3, 2, 6], 2), { stride: 2, padding: [2, 1], groups: 2 }),
        T.conv3d(normal([1, 5, 6, 7, 2]), normal([3, 2, 3, 2, 4], 2), { stride: [2, 1, 1], padding: 1 }),
        T.convTranspose1d(normal([2, 5, 6]), normal([4, 2, 6], 2), { stride: 2, padding: 1, groups: 2 }),
        T.convTranspose3d(normal([1, 3, 3, 4, 4]), normal([3, 2, 3, 2, 4], 2), {
          stride: [2, 1, 2],
          padding: 1,
        }),
        T.pixelUnshuffle(T.pixelShuffle(normal([2, 2, 3, 8]), 2), 2),
      ],
      1e-5,
    ));
});

describe("memory", () => {
  /** Bytes of everything that a program keeps for itself. */
  const bytesOf = async (f: (x: Tensor) => T.Tree<Tensor>, x: Tensor): Promise<number> => {
    const text = await T.explain(f, { device: await webgpu() })(x);
    const [, bytes] = /([\d.]+) bytes in all/.exec(text) ?? [];
    return Number(bytes);
  };

  it("comparing every element with every other stores no square", async () => {
    const n = 512;
    const x = normal([n]);
    // On a GPU, sums are split until it is busy: into 65536 parts, whatever n. A square would be 1 MiB.
    const { traits } = await webgpu();
    const most = 40 * n + (traits.kind === "gpu" ? 4 * 65536 : 0);
    expect(await bytesOf((x) => T.sort(T.exp(x)), x)).toBeLessThan(most);
    expect(await bytesOf((x) => T.topK(x, 10), x)).toBeLessThan(most);
    expect(await bytesOf((x) => T.cumsum(T.exp(x), 0), x)).toBeLessThan(most);
    const image = normal([1, n, 1, 1]);
    expect(await bytesOf((x) => T.resizeBilinear(T.exp(x), [n + 1, 1]), image)).toBeLessThan(most);
  });
});
