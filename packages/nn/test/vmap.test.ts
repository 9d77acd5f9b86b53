import { valueAndGrad, vmap } from "@clidim/autograd";
import {
  arange,
  foldIn,
  key,
  flatten as leavesOf,
  normal,
  slice,
  squeeze,
  type Tensor,
  type Tree,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { expectClose } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import { adam, crossEntropy, layers, type ParamsOf } from "../src/index.js";

const member = (x: Tensor, i: number): Tensor => {
  const start = x.shape.map((_, axis) => (axis === 0 ? i : 0));
  return squeeze(slice(x, start, x.shape.with(0, i + 1)), 0);
};

/** Every leaf of `all` has along axis 0 what `alone` gives for each of the members. */
function expectMembers(all: Tree<Tensor>, alone: (i: number) => Tree<Tensor>, size: number): void {
  const batches = leavesOf(all).leaves;
  for (let i = 0; i < size; i++) {
    const expected = leavesOf(alone(i)).leaves;
    expect(batches.map(String)).toHaveLength(expected.length);
    const values = interpret([...batches.map((batch) => member(batch, i)), ...expected]);
    expected.forEach((_, k) => {
      expectClose([...values[k]!], [...values[expected.length + k]!], 1e-9);
    });
  }
}

describe("an ensemble by vmap is its members one by one", () => {
  const keys = vmap((i: Tensor) => foldIn(key(5), i))(arange(0, 3, 1, "u32"));

  it("from the keys of their initialisation to a step of training, with dropout and statistics", () => {
    const model = layers.sequential(
      layers.conv2d({ out: 3, kernel: 3, stride: 2 }),
      layers.batchNorm(),
      layers.relu(),
      layers.flatten(),
      layers.dropout(0.3),
      layers.linear({ out: 4 }),
    );
    const x = normal(key(1), [4, 7, 7, 2]);
    const label = arange(4);
    const optimizer = adam({ learningRate: 0.1 });
    const train = (memberKey: Tensor) => {
      const { params, stats } = model.init(foldIn(memberKey, 0), x.shape);
      const loss = (params: ParamsOf<typeof model>) => {
        const context = { train: true, key: foldIn(memberKey, 1) } as const;
        const { output, stats: next } = model.apply({ params, stats }, x, context);
        return { loss: crossEntropy(output, label), aux: next };
      };
      const { value, grads, aux } = valueAndGrad(loss)(params);
      const updated = optimizer.update(grads, optimizer.init(params), params);
      return { value, stats: aux, params: updated.params };
    };
    expectMembers(vmap(train)(keys), (i) => train(member(keys, i)), 3);
  });

  it("with attention over sequences", () => {
    const model = layers.sequential(
      layers.layerNorm(),
      layers.multiHeadAttention({ heads: 2, causal: true }),
    );
    const x = normal(key(1), [2, 5, 4]);
    const run = (memberKey: Tensor, x: Tensor): Tensor =>
      model.apply(model.init(memberKey, x.shape), x, { train: false }).output;
    expectMembers(vmap(run, { inAxes: [0, null] })(keys, x), (i) => run(member(keys, i), x), 3);
    expectMembers(
      vmap(run, { inAxes: [null, 0] })(key(3), normal(key(2), [3, 2, 5, 4])),
      (i) => run(key(3), member(normal(key(2), [3, 2, 5, 4]), i)),
      3,
    );
  });
});
