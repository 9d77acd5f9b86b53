import { readFileSync } from "node:fs";
import { valueAndGrad } from "@clidim/autograd";
import * as nn from "@clidim/nn";
import {
  concat,
  evaluate,
  type HostTensor,
  key,
  mul,
  reshape,
  type Shape,
  sizeOf,
  sum,
  type Tensor,
  tensor,
} from "@clidim/tensor";
import { expectClose, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";

/** What the names in the file are. */
const layers = { ...nn.layers };

interface Case {
  readonly name: keyof typeof nn.layers;
  readonly options: unknown;
  readonly shape: Shape;
  /** The input is integers below this. */
  readonly integers?: number;
  /** Where the bags of an embeddingBag begin. */
  readonly offsets?: readonly number[];
  /** The seed of the weights of the elements of an embeddingBag. */
  readonly weighted?: number;
  /** The members of the state of a recurrent layer; the result is outputs and state in one row. */
  readonly states?: 1 | 2;
  /** Of the sequences of a recurrent layer. */
  readonly lengths?: readonly number[];
  /** Shapes by PyTorch's names, in its layouts. */
  readonly weights: Readonly<Record<string, Shape>>;
  readonly result: { readonly shape: Shape; readonly values: readonly number[] };
  readonly gradient?: readonly number[];
  readonly gradients?: Readonly<Record<string, readonly number[]>>;
}

const cases: readonly Case[] = JSON.parse(readFileSync(new URL("layers.json", import.meta.url), "utf8"));

const wave = (shape: Shape, seed: number): Float32Array =>
  Float32Array.from({ length: sizeOf(shape) }, (_, i) =>
    Math.sin(1.7 * i + 0.3 * (seed + 1) + 0.05 * i ** 1.5),
  );

const whole = (shape: Shape, limit: number): Tensor =>
  tensor(
    Int32Array.from({ length: sizeOf(shape) }, (_, i) => (i * 7 + i * i) % limit),
    { shape },
  );

const layerOf = ({ name, options }: Case): nn.AnyLayer =>
  (layers[name] as (options: unknown) => nn.AnyLayer)(options);

const inputOf = ({ shape, integers }: Case): Tensor =>
  integers === undefined ? tensor(wave(shape, 0), { shape }) : whole(shape, integers);

/** The layer with the weights of the fixture, from a state dict. */
function variablesOf(one: Case, layer: nn.AnyLayer): nn.Variables<unknown, unknown> {
  const fresh = layer.init(key(0), one.shape);
  const file: Record<string, HostTensor | Tensor> = {};
  for (const [seed, [name, shape]] of Object.entries(one.weights).entries()) {
    file[name] = { dtype: "f32", shape, data: wave(shape, seed + 1) };
  }
  // PyTorch's running statistics are not among its parameters.
  return nn.importStateDict(fresh, file, { partial: true });
}

function apply(one: Case, layer: nn.AnyLayer, variables: nn.Variables<unknown, unknown>, x: Tensor): Tensor {
  const { offsets, weighted, shape, states } = one;
  if (states !== undefined) return everything(one, layer, variables, x);
  if (offsets === undefined && weighted === undefined)
    return layer.apply(variables, x, { train: true }).output;
  // The cases with offsets and weights are of this layer alone.
  const bag = layer as nn.EmbeddingBag;
  return bag.reduce(variables as nn.Variables<nn.EmbeddingParams, nn.None>, {
    indices: x,
    ...(offsets && { offsets: tensor(Int32Array.from(offsets)) }),
    ...(weighted !== undefined && { weights: tensor(wave(shape, weighted), { shape }) }),
  }).output;
}

/** Outputs and the last state of a recurrent layer that begins in a state. */
function everything(
  { options, states, lengths }: Case,
  layer: nn.AnyLayer,
  variables: nn.Variables<unknown, unknown>,
  x: Tensor,
): Tensor {
  // The options of a recurrent layer.
  const { layers: count, bidirectional, size } = options as Required<nn.layers.RecurrentOptions>;
  const shape = [count * (bidirectional ? 2 : 1), x.shape[0]!, size];
  const first = (seed: number): Tensor => tensor(wave(shape, seed), { shape });
  // One with a cell is an LSTM's.
  const before = { hidden: first(20), ...(states === 2 && { cell: first(21) }) } as nn.LstmState;
  const recurrent = layer as nn.Recurrent<nn.LstmState>;
  const { output, state } = recurrent.run(
    variables as nn.Variables<nn.RecurrentParams, nn.None>,
    x,
    { state: before, ...(lengths && { lengths: tensor(Int32Array.from(lengths)) }) },
    { train: true },
  );
  const parts = [output, state.hidden, ...(states === 2 ? [state.cell] : [])];
  return concat(
    parts.map((part) => reshape(part, [sizeOf(part.shape)])),
    0,
  );
}

const titles = cases.map(
  (one) =>
    [
      `${one.name} ${JSON.stringify(one.options)} of [${one.shape}]${one.offsets ? " in bags" : ""}${one.weighted ? " weighted" : ""}${one.lengths ? " of several lengths" : ""}`,
      one,
    ] as const,
);

describe("layers as PyTorch has them, weights imported", () => {
  it.each(titles)("%s", (_title, one) => {
    const layer = layerOf(one);
    const { params, stats } = variablesOf(one, layer);
    const x = inputOf(one);
    // Integers have no gradient.
    const differentiated: { readonly params: unknown; readonly input?: Tensor } = {
      params,
      ...(one.integers === undefined && { input: x }),
    };
    const { grads, aux } = valueAndGrad((values: typeof differentiated) => {
      const output = apply(one, layer, { params: values.params, stats }, values.input ?? x);
      const { shape } = output;
      const cotangent = tensor(
        Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i + 1)),
        { shape },
      );
      return { loss: sum(mul(output, cotangent)), aux: output };
    })(differentiated);
    expect(aux.shape).toEqual(one.result.shape);
    if (one.offsets === undefined && one.states === undefined)
      expect(layer.outputShape(one.shape)).toEqual(one.result.shape);
    expectClose(valuesOf(aux), one.result.values, 3e-6);
    if (!one.gradients) return;
    const named = nn.exportStateDict({ params: grads.params, stats: {} });
    expect(Object.keys(named).toSorted()).toEqual(Object.keys(one.gradients).toSorted());
    for (const [name, expected] of Object.entries(one.gradients))
      expectClose(valuesOf(named[name]!), expected, 3e-5);
    if (one.gradient) expectClose(valuesOf(grads.input!), one.gradient, 3e-5);
  });

  it("are the same on the device, the first of each layer", async () => {
    const chosen = new Map(cases.toReversed().map((one) => [one.name, one])).values();
    const results = [...chosen].map((one) => {
      const layer = layerOf(one);
      return [one, apply(one, layer, variablesOf(one, layer), inputOf(one))] as const;
    });
    await evaluate(results.map(([, output]) => output));
    for (const [one, output] of results) expectClose([...(await output.data())], one.result.values, 2e-5);
  });
});
