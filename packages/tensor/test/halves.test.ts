import { withinOne } from "@clidim/testing/fills";
import { describe, expect, it } from "vitest";
import { fuse } from "../src/executors/fusion/fuse.js";
import { interpret } from "../src/executors/interpreter/interpret.js";
import { TileChoices } from "../src/executors/webgpu/device/tileChoices.js";
import { Device } from "../src/executors/webgpu/device.js";
import { fusionTarget } from "../src/executors/webgpu/fusionTarget.js";
import { lower } from "../src/executors/webgpu/passes/lower.js";
import { simplify } from "../src/graph/simplify.js";
import { trace } from "../src/graph/trace.js";
import * as T from "../src/index.js";
import { type Tensor, tensor } from "../src/index.js";
import { expectMatchesReference } from "./against.js";

const { add, cast, conv2d, conv2dWeightGradient, convTranspose2d, leakyRelu, matmul, mul, sum } = T;

const random = (shape: T.Shape, seed = 1): Tensor => withinOne(shape, seed, "f16");

/** Two roundings of a half apart: a sum of another order may fall on the other side of a boundary. */
const tolerance = 2 ** -9;

describe("halves", () => {
  it("are what a convolution with bias and activation takes and gives, under every setting of the compiler", () =>
    expectMatchesReference(() => {
      const y = conv2d(random([2, 17, 14, 5]), random([4, 4, 5, 12], 2), { stride: 2, padding: 1 });
      return [leakyRelu(add(y, random([12], 3)), 0.2)];
    }, tolerance));

  it("go through every contraction and its neighbours in one graph", () =>
    expectMatchesReference(() => {
      const x = random([2, 12, 12, 8]);
      const weight = random([4, 4, 8, 16], 2);
      const y = conv2d(T.relu(x), weight, { stride: 2, padding: 1 });
      const back = convTranspose2d(mul(y, 0.1), weight, { stride: 2, padding: 1 });
      const gradient = conv2dWeightGradient(x, mul(y, 0.01), { kernelSize: [4, 4], stride: 2, padding: 1 });
      const product = matmul(T.reshape(back, [2, 144, 8]), random([8, 3], 4));
      return [y, back, gradient, product, sum(cast(product, "f32"), 1)];
    }, 2 * tolerance));

  it("take part in grouped and dilated convolutions and in products of batches", () =>
    expectMatchesReference(() => {
      const options = { dilation: 2, groups: 3, padding: 2 };
      return [
        conv2d(random([2, 9, 8, 6]), random([3, 3, 2, 9], 2), options),
        matmul(random([3, 1, 20, 33]), random([2, 33, 18], 2)),
      ];
    }, tolerance));

  it("accumulate in f32, in reductions as well", async () => {
    // In halves the sum of ones stands still at 2048.
    const ones = cast(T.ones([5000]), "f16");
    expect(await sum(ones).item()).toBe(5000);
    const rows = await sum(cast(T.full([3000, 3], 0.1), "f16"), 0).data();
    // 0.1 as a half is 0.0999755859375; halves between 256 and 512 are 1/4 apart.
    expect([...rows]).toEqual([300, 300, 300]);
    // The sum alone is beyond the largest half.
    const many = cast(T.full([40, 50], 1000), "f16");
    expect(await T.mean(many).item()).toBe(1000);
    const halfOfThem = T.lt(T.iota([40, 50], 0, "f32"), 20);
    expect(await T.variance(cast(T.where(halfOfThem, 0, T.full([40, 50], 200)), "f16")).item()).toBe(10000);
  });

  it("are the nearest ones, down to the smallest and up to infinity, stored or on the way", async () => {
    const numbers = [1e-7, 3.1e-8, 2.9e-8, -6e-6, 6.09e-5, 2049, 2051, 65519, 65520, -1e6, 1.0009765625, 0];
    const expected = interpret([cast(tensor(numbers), "f16")], undefined, { roundHalves: true })[0]!;
    expect([...(await cast(tensor(numbers), "f16").data())]).toEqual([...expected]);
    expect([...(await cast(cast(tensor(numbers), "f16"), "f32").data())]).toEqual([...expected]);
    expect([...(await tensor(numbers, { dtype: "f16" }).data())]).toEqual([...expected]);
  });

  it("show whether they are finite", async () => {
    for (const [value, finite] of [
      [1, 1],
      [7e4, 0],
      [-7e4, 0],
      [Number.NaN, 0],
    ] as const) {
      const x = cast(tensor([1, value, 2]), "f16");
      await T.evaluate(x);
      const bounded = T.le(sum(T.abs(cast(x, "f32"))), 3e38);
      expect(await bounded.item(), String(value)).toBe(finite);
      expect(await T.where(bounded, tensor(1), tensor(0)).item(), String(value)).toBe(finite);
    }
  });

  it("are computed by the kernels of a GPU, too", async () => {
    const device = await Device.open({ kernels: "gpu" });
    const [x, weight] = [random([2, 20, 20, 16]), random([4, 4, 16, 32], 2)];
    const f = (a: Tensor, b: Tensor): Tensor => conv2d(a, b, { stride: 2, padding: 1 });
    const expected = interpret([f(x, weight)], undefined, { roundHalves: true })[0]!;
    const actual = f(x, weight);
    await T.evaluate(actual, { device });
    const data = (await actual.data()) as Float32Array;
    const worst = data.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - expected[i]!) / (1 + Math.abs(expected[i]!))),
      0,
    );
    expect(worst).toBeLessThan(tolerance);
    device.destroy();
  });

  it("are refused in words where the device has none", async () => {
    const { traits } = await T.defaultDevice();
    const features = new Set([...traits.features].filter((name) => name !== "shader-f16"));
    const { graph } = trace([matmul(random([4, 4]), random([4, 4], 2))]);
    const fused = fuse(simplify(graph, true), {
      target: fusionTarget(traits),
      enabled: true,
      epilogues: true,
      donated: [],
    });
    const options = {
      traits: { ...traits, features },
      tiles: new TileChoices(),
      donated: [],
      inPlace: true,
      immediates: false,
      lowerBody: () => expect.fail("there is no scan"),
    };
    expect(() => lower(fused, options)).toThrow(
      /f16 \[.*\] needs a device with the feature shader-f16, and this one has not; keep values in f32/,
    );
  });
});
