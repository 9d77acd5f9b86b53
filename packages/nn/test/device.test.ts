import { valueAndGrad } from "@clidim/autograd";
import { compile, key, leavesWithPaths, normal, split, stack, type Tensor, tensor } from "@clidim/tensor";
import { expectClose, settled, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import { adam, ema, layers, mse, type ParamsOf } from "../src/index.js";
import { oneMinusPower } from "../src/optimizers/oneMinusPower.js";

const model = layers.sequential(
  layers.conv2d({ out: 4, kernel: 4, stride: 2, padding: 1 }),
  layers.skip(
    layers.sequential(
      layers.leakyRelu(0.2),
      layers.conv2d({ out: 4, kernel: 3, padding: 1, bias: false }),
      layers.batchNorm(),
    ),
  ),
  layers.dropout(0.25),
  layers.relu(),
  layers.convTranspose2d({ out: 1, kernel: 4, stride: 2, padding: 1 }),
  layers.tanh(),
);
// A large epsilon: without one, Adam's first steps follow the sign of a gradient, however small.
const optimizer = adam({ learningRate: 0.01, epsilon: 0.1 });
const average = ema({ decay: 0.9 });

function start() {
  const { params, stats } = model.init(key(0), [2, 8, 8, 1]);
  return {
    params,
    stats,
    optimizer: optimizer.init(params),
    average: average.init(params),
    key: key(5),
  };
}
type State = ReturnType<typeof start>;
type Batch = { readonly x: Tensor; readonly y: Tensor };

function step(state: State, { x, y }: Batch): { state: State; loss: Tensor } {
  const [now, later] = split(state.key) as [Tensor, Tensor]; // split makes two unless told otherwise
  const { value, grads, aux } = valueAndGrad((params: ParamsOf<typeof model>) => {
    const { output, stats } = model.apply({ params, stats: state.stats }, x, { train: true, key: now });
    return { loss: mse(output, y), aux: stats };
  })(state.params);
  const next = optimizer.update(grads, state.optimizer, state.params);
  return {
    state: {
      params: next.params,
      stats: aux,
      optimizer: next.state,
      average: average.update(state.average, next.params),
      key: later,
    },
    loss: value,
  };
}

describe("on a device", () => {
  it("a compiled training step with its state donated follows the float64 reference", async () => {
    const batch = settled({ x: normal(key(1), [2, 8, 8, 1]), y: normal(key(2), [2, 8, 8, 1]) });
    let expected = settled({ state: start(), loss: tensor(0) });
    for (let i = 0; i < 3; i++) expected = settled(step(expected.state, batch));

    const compiled = compile(step, { donate: [0] });
    let actual = { state: start(), loss: tensor(0) };
    for (let i = 0; i < 3; i++) actual = await compiled(actual.state, batch);

    const reference = new Map(leavesWithPaths(expected));
    for (const [path, leaf] of leavesWithPaths(actual)) {
      const values = valuesOf(reference.get(path)!);
      expect(leaf.shape, path).toEqual(reference.get(path)!.shape);
      expectClose([...(await leaf.data())], values, 2e-5);
    }
  });

  it("Adam's bias corrections keep the digits of f32", async () => {
    const steps = [1, 2, 10, 100, 249, 251, 1000, 100_000];
    for (const base of [0.5, 0.9, 0.999]) {
      const computed = await stack(
        steps.map((t) => oneMinusPower(base, tensor(t))),
        0,
      ).data();
      steps.forEach((t, i) => {
        const exact = -Math.expm1(t * Math.log(base));
        expect(Math.abs(computed[i]! / exact - 1)).toBeLessThan(2e-6);
      });
    }
  });
});
