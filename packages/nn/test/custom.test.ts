import { valueAndGrad } from "@clidim/autograd";
import {
  add,
  argmax,
  concat,
  foldIn,
  gt,
  key,
  mean,
  mul,
  normal,
  not,
  oneHot,
  sigmoid,
  type Tensor,
  tensor,
  zeros,
} from "@clidim/tensor";
import { valuesOf } from "@clidim/testing/values";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  type BatchNormStats,
  call,
  exportStateDict,
  importStateDict,
  type Layer,
  type LstmState,
  layers,
  type None,
  type ParamsOf,
  type StatsOf,
  type WeightAndBias,
} from "../src/index.js";

const evaluation = { train: false };

/** A record, two records deep and an array, of layers with and without statistics. */
const gated = layers.custom(
  "gated",
  {
    inner: { norm: layers.batchNorm(), value: layers.linear({ out: 3 }) },
    gates: [layers.linear({ out: 3 })],
  },
  ({ inner, gates }, x) => mul(inner.value(inner.norm(x)), sigmoid(gates[0](x))),
);

describe("custom", () => {
  it("is a layer whose parts are initialised for what they are applied to", () => {
    const variables = gated.init(key(0), [5, 2]);
    expect(variables.params.inner.value.weight.shape).toEqual([2, 3]);
    expect(variables.stats.inner.norm.mean.shape).toEqual([2]);
    expect(gated.outputShape([5, 2])).toEqual([5, 3]);
    expectTypeOf<ParamsOf<typeof gated>["gates"][0]>().toEqualTypeOf<WeightAndBias>();
    expectTypeOf<StatsOf<typeof gated>["inner"]["norm"]>().toEqualTypeOf<BatchNormStats>();
    // Nothing else than what a sequence of the same layers has: keys go by position.
    const chain = layers.sequential({ norm: layers.batchNorm(), value: layers.linear({ out: 3 }) });
    expect(valuesOf(variables.params.inner.value.weight)).toEqual(
      valuesOf(chain.init(key(0), [5, 2]).params.value.weight),
    );
    const model = layers.sequential(layers.linear({ out: 2 }), gated);
    expect(model.outputShape([5, 4])).toEqual([5, 3]);
    const names = Object.keys(exportStateDict(model.init(key(0), [5, 4])));
    expect(names).toContain("1.inner.value.weight");
    expect(names).toContain("1.inner.norm.running_mean");
    const restored = importStateDict(model.init(key(1), [5, 4]), exportStateDict(model.init(key(0), [5, 4])));
    expect(valuesOf(restored.params[1].gates[0].weight)).toEqual(
      valuesOf(model.init(key(0), [5, 4]).params[1].gates[0].weight),
    );
  });

  it("computes what its parts compute, and hands their statistics on", () => {
    const x = normal(key(3), [5, 2]);
    const variables = gated.init(key(0), x.shape);
    const { params, stats } = variables;
    const result = gated.apply(variables, x, { train: true });
    const normed = layers
      .batchNorm()
      .apply({ params: params.inner.norm, stats: stats.inner.norm }, x, { train: true });
    const value = call(layers.linear({ out: 3 }), params.inner.value, normed.output);
    const gate = call(layers.linear({ out: 3 }), params.gates[0], x);
    expect(valuesOf(result.output)).toEqual(valuesOf(mul(value, sigmoid(gate))));
    expect(valuesOf(result.stats.inner.norm.mean)).toEqual(valuesOf(normed.stats.mean));
    expect(gated.apply(variables, x, evaluation).stats.inner.norm.mean).toBe(stats.inner.norm.mean);
    const { grads } = valueAndGrad((p: typeof params) =>
      mean(gated.apply({ params: p, stats }, x, { train: true }).output),
    )(params);
    expect(valuesOf(grads.gates[0].weight).some((g) => g !== 0)).toBe(true);
  });

  it("shares weights, goes on with statistics and draws anew where a part is applied twice", () => {
    const twice = layers.custom(
      "twice",
      { norm: layers.batchNorm({ momentum: 0.5 }), drop: layers.dropout(0.5) },
      ({ norm, drop }, x) => concat([drop(norm(norm(x))), drop(norm(x))], 0),
    );
    const x = normal(key(1), [64, 1]);
    const variables = twice.init(key(0), x.shape);
    const { output, stats } = twice.apply(variables, x, { train: true, key: key(2) });
    // 0.5^3 is left of what was before.
    expect(valuesOf(stats.norm.variance)[0]).not.toBeCloseTo(1, 3);
    const kept = valuesOf(output).map((v) => v !== 0);
    expect(kept.slice(0, 64)).not.toEqual(kept.slice(64));
    const again = twice.apply(variables, x, { train: true, key: key(2) });
    expect(valuesOf(again.output)).toEqual(valuesOf(output));
    const alone = layers.custom("once", { norm: layers.batchNorm({ momentum: 0.5 }) }, ({ norm }, given) =>
      norm(given),
    );
    const first = alone.apply(alone.init(key(0), x.shape), x, { train: true });
    const mean1 = valuesOf(first.stats.norm.mean)[0]!;
    expect(valuesOf(stats.norm.mean)[0]).not.toBeCloseTo(mean1, 6);
  });

  it("takes several inputs, of several dtypes, and returns several outputs", () => {
    const towers = layers.custom(
      "towers",
      { words: layers.embedding({ count: 7, size: 3 }), pixels: layers.linear({ out: 3 }) },
      ({ words, pixels }, x: { readonly tokens: Tensor; readonly image: Tensor }) => {
        const [a, b] = [mean(words(x.tokens), 1), pixels(x.image)];
        return { sum: add(a, b), both: concat([a, b], -1) };
      },
    );
    const like = { tokens: [2, 4], image: [2, 5] };
    expect(towers.outputShape(like)).toEqual({ sum: [2, 3], both: [2, 6] });
    const variables = towers.init(key(0), like);
    expect(variables.params.pixels.weight.shape).toEqual([5, 3]);
    const x = { tokens: zeros([2, 4], "i32"), image: normal(key(1), [2, 5]) };
    expect(towers.init(key(0), x).params.words.table.shape).toEqual([7, 3]);
    const { output } = towers.apply(variables, x, evaluation);
    expectTypeOf(output.both).toEqualTypeOf<Tensor>();
    expect(valuesOf(output.both).slice(0, 3)).toEqual(valuesOf(variables.params.words.table).slice(0, 3));
    // @ts-expect-error: a model of two inputs is no layer of one
    expect(() => layers.sequential(towers).init(key(0), [2, 4])).toThrow();
  });

  it("takes shapes and dtypes from what its parts return", () => {
    const nearest = layers.custom(
      "nearest",
      {
        pick: layers.lambda("argmax", (x) => argmax(x, -1)),
        table: layers.embedding({ count: 4, size: 3 }),
        none: layers.lambda("not", not),
      },
      ({ pick, table, none }, x) => {
        const index = pick(x);
        return [oneHot(index, 4), table(index), none(gt(x, 0))];
      },
    );
    const variables = nearest.init(key(0), [2, 4]);
    expect(nearest.outputShape([2, 4])).toEqual([
      [2, 4],
      [2, 3],
      [2, 4],
    ]);
    const x = tensor([
      [0, 1, 0, 0],
      [0, 0, 0, 2],
    ]);
    const [hot, rows, none] = nearest.apply(variables, x, evaluation).output as [Tensor, Tensor, Tensor];
    expect(valuesOf(hot)).toEqual([0, 1, 0, 0, 0, 0, 0, 1]);
    expect(valuesOf(rows).slice(0, 3)).toEqual(valuesOf(variables.params.table.table).slice(3, 6));
    expect(none.dtype).toBe("bool");
  });

  it("reaches the other functions of a layer", () => {
    const reader = layers.lstm({ size: 2 });
    const model = layers.custom("reader", { reader }, (parts, x) => {
      const { state } = parts.reader.with(x, (variables, context) => reader.run(variables, x, {}, context));
      expectTypeOf(state).toEqualTypeOf<LstmState>();
      return state.hidden;
    });
    const x = normal(key(1), [3, 4, 5]);
    expect(model.outputShape(x.shape)).toEqual([1, 3, 2]);
    const { params, stats } = model.init(key(0), x.shape);
    const { output } = model.apply({ params, stats }, x, evaluation);
    expect(valuesOf(output)).toEqual(
      valuesOf(reader.run({ params: params.reader, stats: {} }, x, {}, evaluation).state.hidden),
    );
  });

  it("is observed, and its errors say where", () => {
    const paths: string[] = [];
    const x = normal(key(1), [5, 2]);
    const variables = gated.init(key(0), x.shape);
    gated.apply(variables, x, { train: false, observe: ({ path }) => paths.push(path) });
    expect(paths).toEqual(["inner.norm", "inner.value", "gates.0"]);
    const model = layers.sequential({ block: gated });
    const wrong = model.init(key(0), [5, 2]);
    expect(() => model.apply(wrong, normal(key(0), [5, 4]), evaluation)).toThrow(
      /^block\.inner\.norm\.batchNorm: /,
    );
    expect(() => gated.apply({ params: {}, stats: {} } as never, x, evaluation)).toThrow(
      "inner.norm.batchNorm: no variables for this layer",
    );
  });

  it("says which layer is never applied, and what else is wrong", () => {
    const parts = { used: layers.linear({ out: 1 }), idle: layers.linear({ out: 1 }) };
    const lazy = layers.custom("lazy", parts, ({ used, idle }, x, { train }) => (train ? idle(x) : used(x)));
    expect(() => lazy.init(key(0), [1, 2])).toThrow("lazy: idle was never applied");
    expect(() => layers.custom("none", {}, (_, x) => x)).toThrow("none: expected at least one layer");
    expect(() => layers.custom("wrong", { relu: sigmoid as never }, (_, x) => x)).toThrow(
      "wrong: layer relu must be a layer",
    );
    const number = layers.custom("number", parts, (() => 3) as never);
    expect(() => number.init(key(0), [1, 2])).toThrow("number: expected tensors");
  });
});

describe("call", () => {
  it("applies a layer without statistics to a tensor", () => {
    const model = layers.sequential(layers.linear({ out: 2 }), layers.tanh(), layers.dropout(0.5));
    const x = normal(key(1), [3, 4]);
    const { params, stats } = model.init(key(0), x.shape);
    expect(valuesOf(call(model, params, x))).toEqual(
      valuesOf(model.apply({ params, stats }, x, evaluation).output),
    );
    const training = { train: true, key: foldIn(key(2), 0) };
    expect(valuesOf(call(model, params, x, training))).toEqual(
      valuesOf(model.apply({ params, stats }, x, training).output),
    );
  });

  it("refuses one that has statistics, by its type too", () => {
    const model = layers.sequential(layers.linear({ out: 2 }), layers.batchNorm());
    const { params } = model.init(key(0), [3, 4]);
    // @ts-expect-error: the layer has statistics, which `call` would lose
    expect(() => call(model, params, tensor([[1, 2, 3, 4]]))).toThrow(
      "call: sequential has statistics ([2], [2]), which go in and come out",
    );
    const own: Layer<{ readonly scale: Tensor }, None> = {
      kind: "scale",
      init: () => ({ params: { scale: tensor(2) }, stats: {} }),
      apply: ({ params: { scale }, stats }, x) => ({ output: mul(x, scale), stats }),
      outputShape: (shape) => shape,
    };
    expect(valuesOf(call(own, { scale: tensor(3) }, tensor([1, 2])))).toEqual([3, 6]);
  });
});
