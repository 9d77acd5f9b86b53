import { withinOne } from "@clidim/testing/fills";
import { beforeAll, describe, expect, it } from "vitest";
import { sharesOf } from "../src/executors/webgpu/kernels/shareOut.js";
import * as T from "../src/index.js";
import { compile, Device, explain, type Tensor } from "../src/index.js";
import { expectMatchesReference } from "./against.js";
import { ampleTraits } from "./contractionKernels.js";

let gpuLike: Device;
beforeAll(async () => {
  gpuLike = await Device.open({ kernels: "gpu" });
});

const onGpu = (build: () => readonly Tensor[], tolerance?: number): Promise<void> =>
  expectMatchesReference(build, tolerance, [["workgroups that fold together", { device: gpuLike }]]);

/** The commands of a function, by the first word of their kernels. */
async function commandsOf(build: () => readonly Tensor[], device?: Device): Promise<string[]> {
  const text = await explain(build, device && { device })();
  const [, commands] = /commands on .*\n([\s\S]*?)\n\n/.exec(text)!;
  return commands!.split("\n").map((line) => line.split(" (")[0]!);
}

/** Shape, axes, and the parts and lanes that a GPU takes. */
const cases: readonly (readonly [number[], number[], number, number])[] = [
  // Along outputs, in one workgroup per few of them: whole columns, columns left over, few terms.
  [[4, 6, 7, 64], [0, 1, 2], 1, 16],
  [[30, 60, 5], [0, 1], 1, 64],
  [[20, 300], [0], 1, 1],
  // Parts of them, folded by one invocation and by several.
  [[90, 60, 33], [0, 1], 22, 16],
  [[150, 150, 2], [0, 1], 11, 128],
  // Along terms.
  [[700, 9], [1], 1, 2],
  [[3, 11, 50, 40], [2, 3], 1, 128],
  [[5, 9000], [1], 3, 256],
  [[300, 301], [0, 1], 23, 256],
  // Kept axes on both sides.
  [[4, 130, 6], [1], 1, 8],
];

describe("reductions on a GPU", () => {
  it.each(cases)("share %j over %j out", (shape, axes, parts, lanes) => {
    const kept = shape.filter((_, axis) => !axes.includes(axis));
    const node = { op: "sum", inputs: [0], params: { axes }, shape: kept, dtype: "f32" } as const;
    expect(sharesOf(node, shape, ampleTraits)).toEqual({ parts, lanes });
  });

  it("are sums and maxima, with what is computed from them", () =>
    onGpu(() =>
      cases.flatMap(([shape, axes], k) => {
        const x = withinOne(shape, k + 1);
        return [T.mean(T.mul(x, x), axes), T.add(T.max(x, axes), 1)];
      }),
    ));

  it("are exact for integers, and find the ends of their range", () =>
    onGpu(() => {
      const x = T.sub(T.rem(T.mul(T.iota([90, 60, 33], 0, "i32"), 7919), 1000), 500);
      const u = T.cast(T.add(x, 600), "u32");
      return [T.sum(x, [0, 1]), T.max(x), T.sum(u), T.max(u, [1, 2]), T.min(x, 1), T.prod(T.lt(x, 0), 2)];
    }));

  it("take a whole normalisation into one kernel: mean, variance, running statistics, result", async () => {
    const build = (): Tensor[] => {
      const x = withinOne([2, 9, 8, 13]);
      const running = withinOne([13], 2);
      const [mean, variance] = [T.mean(x, [0, 1, 2]), T.variance(x, [0, 1, 2])];
      const scale = T.div(withinOne([13], 3), T.sqrt(T.add(variance, 1e-5)));
      const y = T.mul(T.sub(x, mean), scale);
      const updates = [mean, variance].map((now) => T.add(T.mul(running, 0.9), T.mul(now, 0.1)));
      return [T.where(T.gt(y, 0), y, T.mul(y, 0.2)), ...updates, scale, T.mul(y, T.mul(x, 0.5))];
    };
    await onGpu(build, 1e-5);
    expect(await commandsOf(build, gpuLike)).toEqual([expect.stringMatching(/^reduce sum\+sum\+/)]);
  });

  it("take rows along their terms: a softmax, a normalisation of halves", async () => {
    const softmax = (): Tensor[] => [T.softmax(T.mul(withinOne([3, 5, 203]), 4), -1)];
    const halves = (): Tensor[] => {
      const x = withinOne([70, 90], 4, "f16");
      const centred = T.sub(x, T.mean(x, 1, { keepDims: true }));
      return [T.div(centred, T.add(T.sum(T.abs(centred), 1, { keepDims: true }), 1))];
    };
    await onGpu(softmax, 1e-5);
    await onGpu(halves, 2 ** -9);
    for (const build of [softmax, halves]) expect(await commandsOf(build, gpuLike)).toHaveLength(1);
  });

  it("leave to other kernels what needs other outputs, or terms at other places", async () => {
    const build = (): Tensor[] => {
      const x = withinOne([40, 12]);
      const mean = T.mean(x, 0, { keepDims: true });
      const y = T.tanh(T.sub(x, mean));
      return [T.sub(x, T.flip(mean, [1])), T.add(T.flip(y, [0]), y), T.sum(T.mul(y, T.flip(y, [1])), 0)];
    };
    await onGpu(build, 1e-5);
    expect((await commandsOf(build, gpuLike)).length).toBeGreaterThan(1);
  });

  it("write what is computed from them over a state that is given away, and not before all have read", async () => {
    const step = (state: Tensor, x: Tensor): Tensor[] => [
      T.add(T.mul(state, 0.5), T.sum(T.mul(x, state), 0)),
    ];
    const run = compile(step, { donate: [0], device: gpuLike });
    const still = compile(step, { device: gpuLike });
    const x = withinOne([60, 8]);
    const start = withinOne([8], 2);
    const [expected] = await still(start, x);
    const values = await expected!.data();
    const [actual] = await run(T.tensor(await start.data()), x);
    expect([...(await actual!.data())]).toEqual([...values]);
  });

  it("fold the many parts of a split contraction together", async () => {
    const build = (): Tensor[] => {
      const gradient = T.conv2dWeightGradient(withinOne([2, 64, 64, 2]), withinOne([2, 64, 64, 4], 2), {
        kernelSize: [3, 3],
        padding: 1,
      });
      return [T.mul(gradient, 0.01), T.sub(withinOne([3, 3, 2, 4], 3), gradient)];
    };
    await onGpu(build, 1e-4);
    expect((await commandsOf(build, gpuLike)).at(-1)).toMatch(/^elementwise mul\+sub/);
  });
});
