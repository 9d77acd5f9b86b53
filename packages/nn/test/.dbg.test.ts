// @ts-nocheck
import { valueAndGrad } from "@clidim/autograd";
import { compile, evaluate, key, leavesWithPaths, normal, split, stack, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { it } from "vitest";
import { adam, batchNorm, conv2d, convTranspose2d, dropout, ema, leakyRelu, mse, relu, sequential, skip, tanh } from "../src/index.js";
import { settled, valuesOf } from "./values.js";
const model = sequential(
  conv2d({ out: 4, kernel: 4, stride: 2, padding: 1 }),
  skip(sequential(leakyRelu(0.2), conv2d({ out: 4, kernel: 3, padding: 1, bias: false }), batchNorm())),
  dropout(0.25), relu(),
  convTranspose2d({ out: 1, kernel: 4, stride: 2, padding: 1 }), tanh(),
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

const cmp = async (name, got, want) => {
  const ref = new Map(leavesWithPaths(want));
  for (const [p, leaf] of leavesWithPaths(got)) {
    const d = [...await leaf.data()]; const w = valuesOf(ref.get(p));
    const err = Math.max(...d.map((v, i) => Number.isNaN(v) ? Infinity : Math.abs(v - w[i])));
    if (!(err < 1e-4)) console.log(name, p, "max err", err, d.slice(0, 4), w.slice(0, 4), d.length);
  }
  console.log(name, "compared");
};
it("x", async () => {
    const batch = settled({ x: normal(key(1), [2, 8, 8, 1]), y: normal(key(2), [2, 8, 8, 1]) });
    const want = settled(step(settled(start()), batch));
    const copy = (b) => settled({ x: normal(key(1), [2, 8, 8, 1]), y: normal(key(2), [2, 8, 8, 1]) });
    await cmp("plain", await compile(step)(settled(start()), copy()), want);
    await cmp("plain2", await compile(step)(start(), copy()), want);
    await cmp("donated", await compile(step, {donate:[0]})(settled(start()), copy()), want);
    const fresh = start(); await evaluate(fresh); await cmp("fresh start", fresh, settled(start()));
    await cmp("donated2", await compile(step, {donate:[0]})(fresh, copy()), want);
    await cmp("donated3", await compile(step, {donate:[0]})(start(), copy()), want);
});
