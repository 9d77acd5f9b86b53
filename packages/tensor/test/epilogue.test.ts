import { withinOne } from "@clidim/testing/fills";
import { beforeAll, describe, expect, it } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import * as T from "../src/index.js";
import { compile, Device, evaluate, explain, type Tensor } from "../src/index.js";
import { expectMatchesReference } from "./against.js";

const epilogues = [["epilogues", { epilogues: true }]] as const;

/** The kernels of a function, without those that prepare operands. */
async function kernelsOf(build: () => readonly Tensor[], on = true): Promise<string[]> {
  const text = await explain(build, { epilogues: on })();
  const [, commands] = /commands on .*\n([\s\S]*?)\n\n/.exec(text)!;
  return commands!.split("\n").flatMap((line) => (/^(pack|copy)/.test(line) ? [] : [line.split(" (")[0]!]));
}

let gpuLike: Device;
beforeAll(async () => {
  gpuLike = await Device.open({ kernels: "gpu" });
});

const leaky = (x: Tensor): Tensor => T.where(T.gt(x, 0), x, T.mul(x, 0.2));

/** Large enough for the fast kernels; four and five channels are written in vectors and one by one. */
const networks: Readonly<Record<string, (channels: number) => Tensor[]>> = {
  "bias and activation": (channels) => [
    leaky(
      T.add(T.conv2d(withinOne([2, 8, 8, 8]), withinOne([3, 3, 8, channels], 2)), withinOne([channels], 3)),
    ),
  ],
  residual: (channels) => {
    const x = withinOne([2, 8, 8, channels]);
    const y = T.conv2d(x, withinOne([3, 3, channels, channels], 2), { padding: 1 });
    return [T.add(x, T.mul(y, 0.5))];
  },
  "a product that others need too": (channels) => {
    const y = T.convTranspose2d(withinOne([2, 5, 5, 8]), withinOne([4, 4, channels, 8], 2), {
      stride: 2,
      padding: 1,
      outputSize: [10, 10],
    });
    return [leaky(y), T.mean(y, [0, 1, 2]), y];
  },
  "several results of a gradient": (channels) => {
    const gradient = T.conv2dWeightGradient(withinOne([2, 8, 8, 8]), withinOne([2, 8, 8, channels], 2), {
      kernelSize: [3, 3],
      padding: 1,
    });
    const moment = T.add(T.mul(withinOne([3, 3, 8, channels], 4), 0.9), T.mul(gradient, 0.1));
    const square = T.add(
      T.mul(withinOne([3, 3, 8, channels], 5), 0.99),
      T.mul(T.mul(gradient, gradient), 0.01),
    );
    const rate = T.div(withinOne([], 6), 3);
    return [moment, T.sub(withinOne([3, 3, 8, channels], 7), T.mul(rate, moment)), square];
  },
  "a batch of products": (channels) => [
    T.tanh(T.add(T.matmul(withinOne([3, 20, 24]), withinOne([3, 24, channels], 2)), withinOne([20, 1], 3))),
  ],
  "one value per image and channel": (channels) => [
    T.mul(
      T.conv2d(withinOne([2, 8, 8, 8]), withinOne([3, 3, 8, channels], 2)),
      withinOne([2, 1, 1, channels], 3),
    ),
  ],
  "a product that is stored before what it is added to is read": (channels) => {
    const [x, perImage] = [withinOne([2, 8, 8, 8]), withinOne([2, 1, 1, channels], 3)];
    const p = T.conv2d(x, withinOne([3, 3, 8, channels], 4));
    const q = T.conv2d(x, withinOne([3, 3, 8, channels], 2));
    return [T.add(T.mul(q, perImage), p), T.mean(q)];
  },
  "random numbers": (channels) => {
    const y = T.matmul(withinOne([40, 24]), withinOne([24, channels], 2));
    return [T.where(T.lt(T.uniform(T.key(3), [40, channels]), 0.5), y, 0)];
  },
  "part of another value": (channels) => {
    const y = T.matmul(withinOne([40, 24]), withinOne([24, channels], 2));
    return [T.add(y, T.slice(withinOne([40, 4 * channels], 3), [0, channels], [40, 2 * channels]))];
  },
  "products that use products": (channels) => {
    const first = leaky(T.matmul(withinOne([40, 24]), withinOne([24, 24], 2)));
    const second = leaky(T.add(T.matmul(first, withinOne([24, channels], 3)), withinOne([channels], 4)));
    return [T.add(second, T.matmul(first, withinOne([24, channels], 5))), T.sum(first)];
  },
  "a small product": (channels) => [T.exp(T.matmul(withinOne([2, 3]), withinOne([3, channels], 2)))],
};

describe("epilogues", () => {
  for (const [name, network] of Object.entries(networks)) {
    for (const channels of [4, 5]) {
      it(`${name}, ${channels} columns`, () => expectMatchesReference(() => network(channels), 1e-5));
    }
  }

  it("are right on halves, which are rounded in between", () =>
    expectMatchesReference(
      () => {
        const y = T.matmul(withinOne([40, 24], 1, "f16"), withinOne([24, 4], 2, "f16"));
        return [T.mul(T.cast(y, "f32"), 3), T.add(y, withinOne([4], 3, "f16"))];
      },
      2e-3,
      epilogues,
    ));

  it("see what is stored of a sum of halves that was split", async () => {
    const gradient = () =>
      T.conv2dWeightGradient(T.full([1, 64, 64, 4], 5, "f16"), T.full([1, 64, 64, 4], 5.0625, "f16"), {
        kernelSize: [3, 3],
        padding: 1,
      });
    for (const on of [false, true]) {
      const g = gradient();
      const outputs = [T.cast(g, "f32"), T.cast(T.mul(g, 0.001), "f32"), g];
      await evaluate(outputs, { epilogues: on });
      for (const output of outputs) expect(new Set(await output.data())).toEqual(new Set([Infinity]));
    }
  });

  it("are right in the kernels that a GPU gets", async () => {
    for (const network of Object.values(networks)) {
      await expectMatchesReference(() => network(4), 1e-5, [
        ["epilogues of a GPU", { epilogues: true, device: gpuLike }],
      ]);
    }
  });

  it("save a kernel for each elementwise use", async () => {
    const biased = () => networks["bias and activation"]!(4);
    expect(await kernelsOf(biased, false)).toHaveLength(2);
    expect(await kernelsOf(biased)).toEqual([expect.stringMatching(/^conv2d .*select$/)]);
    const chained = await kernelsOf(() => networks["products that use products"]!(4));
    expect(chained.filter((label) => label.startsWith("matmul"))).toHaveLength(3);
    expect(chained.filter((label) => /^elementwise(?! sum)/.test(label))).toEqual([]);
  });

  it("leave what no row and column names to a kernel of its own", async () => {
    expect(await kernelsOf(() => networks["one value per image and channel"]!(4))).toHaveLength(2);
  });

  it("add up what was split, in the kernel of what uses it", async () => {
    const gradient = () =>
      T.conv2dWeightGradient(withinOne([2, 32, 32, 4]), withinOne([2, 32, 32, 4], 2), {
        kernelSize: [3, 3],
        padding: 1,
      });
    const scaled = () => [T.mul(gradient(), withinOne([4], 3))];
    expect(await kernelsOf(scaled)).toEqual([
      expect.stringContaining("conv2dWeightGradient"),
      "elementwise mul",
    ]);
    await expectMatchesReference(() => [T.mul(gradient(), 2), T.add(gradient(), withinOne([4], 3))], 1e-5);
  });

  it("write over donated operands, but not over those of the product", async () => {
    const a = withinOne([64, 64]);
    const b = withinOne([64, 64], 2);
    const step = (x: Tensor, y: Tensor): Tensor[] => [T.add(T.matmul(x, y), x), T.add(T.matmul(y, x), y)];
    const expected = interpret(step(a, b));
    await evaluate([a, b]);
    const results = await compile(step, { donate: [0, 1], epilogues: true })(a, b);
    for (const [k, result] of results.entries()) {
      const actual = await result.data();
      actual.forEach((value, i) => {
        expect(Math.abs(value - expected[k]![i]!)).toBeLessThan(1e-4);
      });
    }
  });

  it("show in explain", async () => {
    const text = await explain((x: Tensor, w: Tensor) => leaky(T.matmul(x, w)), { epilogues: true })(
      withinOne([40, 24]),
      withinOne([24, 4]),
    );
    expect(text).toMatch(/contraction: %\d+ matmul \[40,4\], not stored with %\d+ select \[40,4\]/);
  });
});
