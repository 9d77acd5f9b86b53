import {
  key,
  leavesWithPaths,
  matmul,
  mul,
  normal,
  ones,
  type Shape,
  type Tensor,
  tensor,
  transpose,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { valuesOf } from "@clidim/testing/values";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  type BatchNormStats,
  child,
  type Layer,
  layers,
  type None,
  namedBlocks,
  type Observation,
  type ParamsOf,
  type StatsOf,
  summary,
  type VariablesOf,
  type WeightAndBias,
} from "../src/index.js";

const evaluation = { train: false };
const double = layers.lambda("double", (x) =>
  tensor(
    valuesOf(x).map((v) => 2 * v),
    { shape: x.shape },
  ),
);

describe("sequential", () => {
  it("threads shapes through initialisation, values through layers, statistics out", () => {
    const model = layers.sequential(
      layers.linear({ out: 4 }),
      layers.batchNorm(),
      layers.relu(),
      layers.linear({ out: 2 }),
    );
    const variables = model.init(key(0), [8, 3]);
    expect(variables.params.map((p) => ("weight" in p ? p.weight?.shape : undefined))).toEqual([
      [3, 4],
      [4],
      undefined,
      [4, 2],
    ]);
    const x = tensor([1, 2, 3, 4, 5, 6], { shape: [2, 3] });
    const { output, stats } = model.apply(variables, x, { train: true });
    expect(output.shape).toEqual([2, 2]);
    expect(model.outputShape([2, 3])).toEqual([2, 2]);
    expect(valuesOf(stats[1].mean)).not.toEqual(valuesOf(variables.stats[1].mean));
    expectTypeOf<ParamsOf<typeof model>[0]>().toEqualTypeOf<WeightAndBias>();
    expectTypeOf<StatsOf<typeof model>[1]>().toEqualTypeOf<BatchNormStats>();
    expectTypeOf(variables).toEqualTypeOf<VariablesOf<typeof model>>();
    // @ts-expect-error: there is no fifth layer
    expect(variables.params[4]).toBeUndefined();
  });

  it("takes names, and keeps their order", () => {
    const model = layers.sequential({
      first: layers.linear({ out: 4 }),
      activation: layers.relu(),
      last: layers.linear({ out: 1 }),
    });
    const { params } = model.init(key(0), [1, 2]);
    expect(Object.keys(params)).toEqual(["first", "activation", "last"]);
    expectTypeOf(params.first).toEqualTypeOf<WeightAndBias>();
    expectTypeOf(params.activation).toEqualTypeOf<None>();
    expect(params.last.weight.shape).toEqual([4, 1]);
  });

  it("gives every layer a key of its own", () => {
    const model = layers.sequential(
      layers.linear({ out: 3, bias: false }),
      layers.linear({ out: 3, bias: false }),
    );
    const { params } = model.init(key(0), [1, 3]);
    expect(valuesOf(params[0].weight)).not.toEqual(valuesOf(params[1].weight));
    expect(valuesOf(model.init(key(0), [1, 3]).params[0].weight)).toEqual(valuesOf(params[0].weight));
    expect(valuesOf(model.init(key(1), [1, 3]).params[0].weight)).not.toEqual(valuesOf(params[0].weight));

    const masks = layers.parallel([layers.dropout(), layers.dropout()]);
    const x = tensor(new Float32Array(64).fill(1), { shape: [1, 64] });
    const values = valuesOf(masks.apply(masks.init(key(0), x.shape), x, { train: true, key: key(1) }).output);
    expect(values.slice(0, 64)).not.toEqual(values.slice(64));
  });

  it("refuses to be empty", () => {
    expect(() => layers.sequential()).toThrow("sequential: expected at least one layer, got none");
    expect(() => layers.parallel({})).toThrow("parallel: expected at least one layer, got none");
  });
});

describe("parallel, residual, skip", () => {
  const x = tensor([1, 2], { shape: [1, 2] });

  it("combine what their parts return", () => {
    const none = { params: [{}, {}], stats: [{}, {}] } as const;
    const side = layers.parallel([double, layers.lambda("same", (v) => v)]);
    expect(valuesOf(side.apply(none, x, evaluation).output)).toEqual([2, 4, 1, 2]);
    const sum = layers.parallel([double, double], { combine: "sum" });
    expect(valuesOf(sum.apply(none, x, evaluation).output)).toEqual([4, 8]);
    const stacked = layers.parallel([double, double], { axis: 0 });
    expect(stacked.apply(none, x, evaluation).output.shape).toEqual([2, 2]);

    const held = { body: {}, shortcut: {} };
    const run = (layer: Layer<typeof held, typeof held>): number[] =>
      valuesOf(layer.apply({ params: held, stats: held }, x, evaluation).output);
    expect(run(layers.residual(double))).toEqual([3, 6]);
    expect(run(layers.residual(double, double))).toEqual([4, 8]);
    expect(run(layers.skip(double))).toEqual([1, 2, 2, 4]);
  });

  it("know their shapes", () => {
    const shape: Shape = [1, 8, 8, 3];
    const body = layers.conv2d({ out: 5, kernel: 3, padding: 1 });
    expect(layers.skip(body).outputShape(shape)).toEqual([1, 8, 8, 8]);
    expect(layers.parallel([body, body], { axis: 1 }).outputShape(shape)).toEqual([1, 16, 8, 5]);
    expect(() => layers.residual(body).outputShape(shape)).toThrow("add: shapes [1,8,8,5] and [1,8,8,3]");
    const { params } = layers.skip(body).init(key(0), shape);
    expectTypeOf(params.body).toEqualTypeOf<WeightAndBias>();
    expect(params.body.weight.shape).toEqual([3, 3, 3, 5]);
  });
});

describe("errors inside a model", () => {
  it("start with the path of the layer, the original as cause", () => {
    const model = layers.sequential({
      encoder: layers.sequential(
        layers.relu(),
        layers.residual(layers.sequential(layers.conv2d({ out: 3, kernel: 3, padding: 1 }))),
      ),
      head: layers.relu(),
    });
    const variables = model.init(key(0), [1, 8, 8, 3]);
    let thrown: unknown;
    try {
      model.apply(variables, tensor(new Float32Array(256), { shape: [1, 8, 8, 4] }), evaluation);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Error);
    const { message, cause } = thrown as Error;
    expect(message).toMatch(/^encoder\.1\.body\.0\.conv2d: x has 4 channels/);
    expect(cause).toBeInstanceOf(Error);
    expect((cause as Error).message).toMatch(/^conv2d: /);
  });

  it("name the layer when an operation inside it complains, also during initialisation", () => {
    const broken = layers.lambda("broken", () => {
      throw new Error("matmul: something");
    });
    const model = layers.sequential(layers.relu(), broken);
    expect(() => model.outputShape([1])).toThrow("1.broken: matmul: something");
    expect(() =>
      layers.sequential(layers.relu(), layers.conv2d({ out: 1, kernel: 3 })).init(key(0), [4, 4]),
    ).toThrow("1.conv2d: expected x of shape [N,H,W,C], got [4,4]");
  });

  it("say that variables are those of another model", () => {
    const model = layers.sequential(layers.linear({ out: 2 }), layers.linear({ out: 2 }));
    const other = layers.sequential(layers.linear({ out: 2 })).init(key(0), [1, 2]);
    const wrong = other as unknown as VariablesOf<typeof model>; // what untyped code would do
    expect(() => model.apply(wrong, tensor([[1, 2]]), evaluation)).toThrow(
      "1.linear: no variables for this layer; pass what init of this same model returned",
    );
  });
});

describe("dropout", () => {
  const x = tensor(new Float32Array(4000).fill(2), { shape: [40, 100] });
  const run = (rate: number, context: { train: boolean; key?: Tensor }): number[] =>
    valuesOf(layers.dropout(rate).apply({ params: {}, stats: {} }, x, context).output);

  it("keeps a share of 1 - rate, scaled so that the mean stays", () => {
    for (const rate of [0.1, 0.5, 0.8]) {
      const values = run(rate, { train: true, key: key(3) });
      const kept = values.filter((v) => v !== 0);
      // Four standard deviations of a binomial share.
      const margin = 4 * Math.sqrt((rate * (1 - rate)) / 4000);
      expect(Math.abs(kept.length / 4000 - (1 - rate))).toBeLessThan(margin);
      for (const value of kept) expect(value).toBeCloseTo(2 / (1 - rate), 9);
      const mean = values.reduce((a, b) => a + b) / 4000;
      expect(Math.abs(mean - 2)).toBeLessThan((2 * margin) / (1 - rate));
    }
    expect(run(1, { train: true, key: key(3) }).every((v) => v === 0)).toBe(true);
  });

  it("draws the same for the same key, and nothing in evaluation", () => {
    expect(run(0.5, { train: true, key: key(3) })).toEqual(run(0.5, { train: true, key: key(3) }));
    expect(run(0.5, { train: true, key: key(3) })).not.toEqual(run(0.5, { train: true, key: key(4) }));
    expect(run(0.5, { train: false })).toEqual(valuesOf(x));
    expect(run(0, { train: true })).toEqual(valuesOf(x));
  });

  it("asks for a key by the name of the layer", () => {
    const model = layers.sequential({ body: layers.sequential(layers.relu(), layers.dropout()) });
    expect(() => model.apply(model.init(key(0), [1]), tensor([1]), { train: true })).toThrow(
      "body.1.dropout: training draws random numbers and needs a key; apply the model with { train: true, key }",
    );
    expect(() => layers.dropout(1.5)).toThrow("dropout: expected a rate in [0, 1], got 1.5");
  });
});

describe("dropout2d", () => {
  const shape = [20, 3, 5, 30];
  const x = tensor(new Float32Array(9000).fill(2), { shape });
  const run = (rate: number, context: { train: boolean; key?: Tensor }): number[] =>
    valuesOf(layers.dropout2d(rate).apply({ params: {}, stats: {} }, x, context).output);

  it("keeps or drops a channel of an image as a whole", () => {
    const values = run(0.3, { train: true, key: key(3) });
    const first = (n: number, c: number): number => values[n * 450 + c]!;
    for (const [i, value] of values.entries()) expect(value).toBe(first(Math.floor(i / 450), i % 30));
    const kept = values.filter((v) => v !== 0);
    for (const value of kept) expect(value).toBeCloseTo(2 / 0.7, 5);
    // Four standard deviations of the share of 600 channels.
    expect(Math.abs(kept.length / 9000 - 0.7)).toBeLessThan(4 * Math.sqrt(0.21 / 600));
  });

  it("draws nothing in evaluation, and takes images alone", () => {
    expect(run(0.5, { train: false })).toEqual(valuesOf(x));
    const given = { params: {}, stats: {} };
    expect(() => layers.dropout2d().apply(given, tensor([1]), { train: true, key: key(0) })).toThrow(
      "dropout2d: expected x of shape [N,H,W,C], got [1]",
    );
    expect(() => layers.dropout2d().apply(given, x, { train: true })).toThrow(
      "dropout2d: training draws random numbers and needs a key",
    );
    expect(() => layers.dropout2d(-1)).toThrow("dropout2d: expected a rate in [0, 1], got -1");
  });
});

describe("a layer written by hand", () => {
  it("composes with the others and gets paths from child", () => {
    const inner = child("inner", 0, layers.linear({ out: 2 }));
    const twice: Layer<WeightAndBias, None> = { ...inner, kind: "twice" };
    const model = layers.sequential(twice, layers.relu());
    const variables = model.init(key(0), [1, 3]);
    expect(() => model.apply(variables, tensor([[1, 2]]), evaluation)).toThrow(
      "0.inner.linear: x has 2 features",
    );
  });
});

describe("observation", () => {
  it("hands out intermediate activations by path, innermost first", () => {
    const model = layers.sequential({
      stem: layers.linear({ out: 2 }),
      block: layers.residual(layers.relu()),
    });
    const seen: Observation[] = [];
    const { output } = model.apply(model.init(key(0), [1, 2]), tensor([[1, -1]]), {
      train: false,
      observe: (observation) => seen.push(observation),
    });
    expect(seen.map(({ path, kind }) => [path, kind])).toEqual([
      ["stem", "linear"],
      ["block.body", "relu"],
      ["block.shortcut", "identity"],
      ["block", "residual"],
    ]);
    expect(seen.at(-1)!.output).toBe(output);
    expect(seen[1]!.input).toBe(seen[0]!.output);
  });
});

describe("summary", () => {
  const model = layers.sequential({
    down: layers.conv2d({ out: 8, kernel: 4, stride: 2, padding: 1 }),
    norm: layers.batchNorm(),
    wide: layers.parallel([
      layers.conv2d({ out: 4, kernel: 3, padding: 1, groups: 2, bias: false }),
      layers.relu(),
    ]),
    head: layers.sequential(
      layers.lambda("mean", (x) => x),
      layers.linear({ out: 3 }),
    ),
  });

  it("lists leaves with shapes, parameters and multiply-accumulates", () => {
    const { rows, parameters, macs, table } = summary(model, [2, 16, 16, 1]);
    expect(rows).toEqual([
      { path: "down", kind: "conv2d", outputShape: [2, 8, 8, 8], parameters: 136, macs: 2 * 8 * 8 * 8 * 16 },
      { path: "norm", kind: "batchNorm", outputShape: [2, 8, 8, 8], parameters: 16, macs: 0 },
      {
        path: "wide.0",
        kind: "conv2d",
        outputShape: [2, 8, 8, 4],
        parameters: 144,
        macs: 2 * 8 * 8 * 4 * 36,
      },
      { path: "wide.1", kind: "relu", outputShape: [2, 8, 8, 8], parameters: 0, macs: 0 },
      { path: "head.0", kind: "mean", outputShape: [2, 8, 8, 12], parameters: 0, macs: 0 },
      { path: "head.1", kind: "linear", outputShape: [2, 8, 8, 3], parameters: 39, macs: 2 * 8 * 8 * 36 },
    ]);
    expect(parameters).toBe(335);
    expect(macs).toBe(rows.reduce((total, row) => total + row.macs, 0));
    const lines = table.split("\n");
    expect(lines[2]!.split(/ {2,}/)).toEqual(["down", "conv2d", "[2,8,8,8]", "136", "16,384"]);
    expect(lines.at(-1)!.split(/ {2,}/)).toEqual(["total", "335", "39,424"]);
  });

  it("shows a model of a single layer", () => {
    const { rows } = summary(layers.linear({ out: 2 }), [1, 3]);
    expect(rows).toEqual([{ path: "linear", kind: "linear", outputShape: [1, 2], parameters: 8, macs: 6 }]);
  });

  it("counts each parameter once, and products outside of layers", () => {
    const shared = layers.linear({ out: 4 });
    const twice = layers.custom("twice", { shared }, ({ shared }, x) => shared(shared(x)));
    const { rows, ...totals } = summary(twice, [8, 4]);
    expect(rows.map(({ parameters, macs }) => [parameters, macs])).toEqual([
      [20, 128],
      [20, 128],
    ]);
    expect(totals).toMatchObject({ parameters: 20, macs: 256 });
    const scores = layers.custom(
      "scores",
      { q: layers.linear({ out: 4 }), k: layers.linear({ out: 4 }) },
      ({ q, k }, x) => matmul(q(x), transpose(k(x), [1, 0])),
    );
    expect(summary(scores, [8, 4])).toMatchObject({ parameters: 40, macs: 2 * 128 + 8 * 8 * 4 });
    type Scaled = { readonly inner: WeightAndBias; readonly scale: Tensor };
    const part = child("inner", 0, shared);
    const own: Layer<Scaled, None> = {
      kind: "own",
      init: (k, shape) => ({ params: { inner: part.init(k, shape).params, scale: ones([4]) }, stats: {} }),
      apply: ({ params, stats }, x, context) => ({
        output: mul(part.apply({ params: params.inner, stats: {} }, x, context).output, params.scale),
        stats,
      }),
      outputShape: (shape) => shape.with(-1, 4),
    };
    expect(summary(layers.sequential(own, layers.relu()), [1, 4]).parameters).toBe(24);
  });

  it("finds out by itself that a model starts with indices", () => {
    const { parameters } = summary(
      layers.sequential(layers.embedding({ count: 4, size: 3 }), layers.linear({ out: 2 })),
      [2, 5],
    );
    expect(parameters).toBe(12 + 8);
  });
});

describe("namedBlocks", () => {
  type Leaves = Readonly<Record<string, Tensor>>;
  const blocks = namedBlocks<Leaves, Leaves>([
    { name: "down", layer: layers.conv2d({ out: 3, kernel: 3, padding: 1, stride: 2 }), inputChannels: 2 },
    { name: "norm", layer: layers.batchNorm(), inputChannels: 3 },
  ]);
  const x = normal(key(1), [2, 4, 4, 2]);

  it("gives each part variables of its own name and key, and gathers their statistics", () => {
    const variables = blocks.init(key(0));
    expect(leavesWithPaths(variables).map(([path]) => path)).toEqual([
      "params.down.weight",
      "params.down.bias",
      "params.norm.weight",
      "params.norm.bias",
      "stats.norm.mean",
      "stats.norm.variance",
    ]);
    const chain = layers.sequential({
      down: layers.conv2d({ out: 3, kernel: 3, padding: 1, stride: 2 }),
      norm: layers.batchNorm(),
    });
    const { run, stats } = blocks.start(variables, { train: true });
    const output = run("norm", run("down", x));
    const same = chain.apply(chain.init(key(0), x.shape), x, { train: true });
    const [ours, theirs] = interpret([output, same.output]);
    expect(ours).toEqual(theirs);
    const [mean, expected] = interpret([stats.norm!.mean!, same.stats.norm.mean]);
    expect(mean).toEqual(expected);
  });

  it("says which blocks there are, and which has no variables", () => {
    const { run } = blocks.start({ params: {}, stats: {} }, { train: false });
    expect(() => run("up", x)).toThrow("namedBlocks: there is no block up, only down, norm");
    expect(() => run("down", x)).toThrow(/^down\.conv2d: no variables for this layer/);
  });
});
