import { valueAndGrad } from "@clidim/autograd";
import {
  compile,
  Device,
  foldIn,
  full,
  key,
  leavesWithPaths,
  normal,
  type Tensor,
  tensor,
  uniform,
} from "@clidim/tensor";
import { expectClose, settled } from "@clidim/testing/values";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dataParallel, layers, mse, sgd } from "../src/index.js";

const { batchNorm, conv2d, globalAvgPool2d, linear, relu, sequential } = layers;

type Batch = { readonly x: Tensor; readonly y: Tensor };

let devices: readonly [Device, Device];
beforeAll(async () => {
  devices = [await Device.open(), await Device.open()];
});
afterAll(() => {
  for (const device of devices) device.destroy();
});

const batchOf = (seed: number, samples: number): Batch =>
  settled({ x: normal(key(seed), [samples, 6, 6, 1]), y: normal(key(seed + 100), [samples, 2]) });

const numbers = async (tree: unknown): Promise<number[]> => {
  // A tree of tensors.
  const leaves = leavesWithPaths(tree as { readonly [name: string]: Tensor });
  return (await Promise.all(leaves.map(async ([, leaf]) => [...(await leaf.data())]))).flat();
};

describe("dataParallel", () => {
  it("trains on two devices as one does with the whole batch, whatever the batch is divided into", async () => {
    const model = sequential(
      conv2d({ out: 4, kernel: 3, padding: 1 }),
      relu(),
      globalAvgPool2d(),
      linear({ out: 2 }),
    );
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });
    const { params, stats } = settled(model.init(key(0), [1, 6, 6, 1]));
    const start = { params, optimizer: optimizer.init(params) };
    type State = typeof start;
    const gradients = (state: State, { x, y }: Batch) => {
      const { value, grads } = valueAndGrad((now: typeof params) =>
        mse(model.apply({ params: now, stats }, x, { train: true }).output, y),
      )(state.params);
      return { loss: value, grads };
    };
    const update = (state: State, { grads }: ReturnType<typeof gradients>): State => {
      const next = optimizer.update(grads, state.optimizer, state.params);
      return { params: next.params, optimizer: next.state };
    };
    const training = dataParallel({ devices, share: gradients, update });
    // What is given stays as it is.
    let [replicas, alone] = [await training.replicate(start), start];
    const whole = compile((state: State, batch: Batch) => {
      const made = gradients(state, batch);
      return { state: update(state, made), loss: made.loss };
    });
    // Of 4 samples each has two, of 5 one has three, and of one the other has none.
    for (const [i, samples] of [4, 5, 5, 1, 4].entries()) {
      const step = await training.step(replicas, batchOf(i, samples), key(i));
      const expected = await whole(alone, batchOf(i, samples));
      expectClose([await step.mean.loss.item()], [await expected.loss.item()], 1e-5);
      [replicas, alone] = [step.replicas, expected.state];
    }
    const [one, other] = await Promise.all(replicas.map(numbers));
    expect(other).toEqual(one);
    expectClose(one!, await numbers(alone), 1e-5);
    expect(one).not.toEqual(await numbers(start));
  });

  it("normalises each share by itself; running means are those of the whole batch, running variances those within the shares", async () => {
    const model = batchNorm({ momentum: 1 });
    const { params, stats } = settled(model.init(key(0), [1, 2]));
    const training = dataParallel({
      devices,
      share: (state: typeof stats, { x }: { readonly x: Tensor }) => ({
        stats: model.apply({ params, stats: state }, x, { train: true }).stats,
      }),
      update: (_: typeof stats, mean) => mean.stats,
    });
    const x = [1, 3, 8, 20, 26];
    const batch = { x: tensor(x.map((value) => [value, -value])) };
    const { replicas } = await training.step(await training.replicate(stats), batch, key(0));
    // Of three samples and of two: (1 + 3 + 8) / 3 = 4, their unbiased variance 13; 23, and 18.
    const variance = (3 * 13 + 2 * 18) / 5;
    for (const replica of replicas) {
      expectClose([...(await replica.mean.data())], [11.6, -11.6], 1e-6);
      expectClose([...(await replica.variance.data())], [variance, variance], 1e-6);
    }
  });

  it("gives each device a key of its own", async () => {
    const training = dataParallel({
      devices,
      share: (_: { readonly count: Tensor }, __: { readonly x: Tensor }, own: Tensor) => ({
        drawn: uniform(own, [3]),
      }),
      update: (state) => state,
    });
    const replicas = await training.replicate({ count: full([], 0, "i32") });
    const { mean } = await training.step(replicas, { x: full([3], 1) }, key(5));
    const [a, b] = await Promise.all(
      [0, 1].map(async (i) => [...(await uniform(foldIn(key(5), i), [3]).data())]),
    );
    expect(a).not.toEqual(b);
    expectClose(
      [...(await mean.drawn.data())],
      a!.map((value, i) => (2 * value + b![i]!) / 3),
      1e-6,
    );
  });

  it("says what is wrong", async () => {
    const share = (_: { readonly w: Tensor }, { x }: { readonly x: Tensor }): { readonly x: Tensor } => ({
      x,
    });
    const update = (state: { readonly w: Tensor }): { readonly w: Tensor } => state;
    expect(() => dataParallel({ devices: [devices[0], devices[0]], share, update })).toThrow(
      /dataParallel: devices must be a list of devices, each once/,
    );
    const training = dataParallel({ devices, share, update });
    const replicas = await training.replicate({ w: full([], 1) });
    await expect(training.step(replicas.slice(1), { x: full([2], 1) }, key(0))).rejects.toThrow(
      /there are 2 devices and 1 replicas/,
    );
    await expect(training.step(replicas, { x: full([], 1) }, key(0))).rejects.toThrow(
      /expected a batch of tensors with the same number of samples, at least one, on their first axis, got x f32 \[\]/,
    );
    await expect(training.step(replicas, { x: full([3], 1) }, key(0))).rejects.toThrow(
      /share returns x of shape \[2\] and \[1\] for shares of other sizes; average over the samples/,
    );
    await expect(training.step(replicas, { x: full([2], 1, "i32") }, key(0))).rejects.toThrow(
      /share returns x of i32 \[1\]; expected means, which are floats/,
    );
  });
});
