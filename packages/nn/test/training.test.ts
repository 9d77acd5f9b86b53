import { valueAndGrad } from "@clidim/autograd";
import { argmax, foldIn, key, type Tensor, tensor } from "@clidim/tensor";
import { itemOf, settled, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import {
  adam,
  chain,
  clipByGlobalNorm,
  crossEntropy,
  layers,
  type ParamsOf,
  schedules,
} from "../src/index.js";

describe("training", () => {
  it("separates two moons with statistics, dropout and a schedule, the whole state going in and coming out", () => {
    const count = 60;
    const angles = Array.from({ length: count }, (_, i) => (Math.PI * (i >> 1)) / (count / 2 - 1));
    const points = angles.flatMap((a, i) =>
      i % 2 === 0 ? [Math.cos(a), Math.sin(a)] : [1 - Math.cos(a), 0.5 - Math.sin(a)],
    );
    const x = tensor(points, { shape: [count, 2] });
    const classes = angles.map((_, i) => i % 2);
    const labels = tensor(classes, { dtype: "i32" });

    const model = layers.sequential(
      layers.linear({ out: 16 }),
      layers.batchNorm(),
      layers.tanh(),
      layers.dropout(0.1),
      layers.linear({ out: 2 }),
    );
    const steps = 120;
    const optimizer = chain(
      clipByGlobalNorm(1),
      adam({ learningRate: schedules.cosine({ from: 0.05, steps }) }),
    );
    const { params, stats } = model.init(key(0), x.shape);
    let state = settled({ params, stats, optimizer: optimizer.init(params) });

    const losses: number[] = [];
    for (let step = 0; step < steps; step++) {
      const loss = (p: ParamsOf<typeof model>): { loss: Tensor; aux: typeof stats } => {
        const context = { train: true, key: foldIn(key(1), step) };
        const result = model.apply({ params: p, stats: state.stats }, x, context);
        return { loss: crossEntropy(result.output, labels), aux: result.stats };
      };
      const { value, grads, aux } = valueAndGrad(loss)(state.params);
      const next = optimizer.update(grads, state.optimizer, state.params);
      losses.push(itemOf(value));
      state = settled({ params: next.params, stats: aux, optimizer: next.state });
    }
    expect(losses[0]).toBeGreaterThan(0.5);
    expect(losses.at(-1)).toBeLessThan(0.1);
    const { output } = model.apply({ params: state.params, stats: state.stats }, x, { train: false });
    expect(valuesOf(argmax(output, -1))).toEqual(classes);
    expect(itemOf(state.optimizer[1].step)).toBe(steps);
  });
});
