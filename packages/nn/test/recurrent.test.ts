import { grad } from "@clidim/autograd";
import { flatten, input, key, readSafetensors, slice, sum, type Tensor, tensor } from "@clidim/tensor";
import { normal } from "@clidim/testing/fills";
import { expectClose, settled, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import {
  exportStateDict,
  importStateDict,
  initializers,
  layers,
  summary,
  writeStateDict,
} from "../src/index.js";

const evaluation = { train: false };
const span = (x: Tensor, from: number, to: number): Tensor =>
  slice(x, [0, from, 0], [x.shape[0]!, to, x.shape[2]!]);

describe("recurrent layers", () => {
  it("go on from the state in which they have left a sequence", () => {
    const layer = layers.lstm({ size: 3, layers: 2 });
    const x = normal([2, 5, 4], 1);
    const variables = settled(layer.init(key(1), x.shape));
    const whole = layer.run(variables, x, {}, evaluation);
    const first = layer.run(variables, span(x, 0, 2), {}, evaluation);
    const second = layer.run(variables, span(x, 2, 5), { state: settled(first.state) }, evaluation);
    expectClose(valuesOf(second.output), valuesOf(span(whole.output, 2, 5)), 1e-6);
    expectClose(valuesOf(second.state.cell), valuesOf(whole.state.cell), 1e-6);
    expect(layer.outputShape(x.shape)).toEqual([2, 5, 3]);
    expect(whole.state.hidden.shape).toEqual([2, 2, 3]);
  });

  it("read short sequences as if they stood alone, from both sides", () => {
    const layer = layers.gru({ size: 2, bidirectional: true });
    const x = normal([1, 4, 3], 2);
    const variables = settled(layer.init(key(2), x.shape));
    const lengths = tensor(Int32Array.of(2));
    const padded = layer.run(variables, x, { lengths }, evaluation);
    const alone = layer.run(variables, span(x, 0, 2), {}, evaluation);
    expectClose(valuesOf(padded.output), [...valuesOf(alone.output), ...new Array(8).fill(0)], 1e-6);
    expectClose(valuesOf(padded.state.hidden), valuesOf(alone.state.hidden), 1e-6);
  });

  it("have no gradient of what is beyond the length of a sequence, whatever it is", () => {
    const layer = layers.gru({ size: 2 });
    const x = tensor([
      [
        [1, 2],
        [3, 4],
        [Number.NaN, Number.POSITIVE_INFINITY],
      ],
    ]);
    const { params, stats } = settled(layer.init(key(2), x.shape));
    const lengths = tensor(Int32Array.of(2));
    const gradients = (of: Tensor): number[][] => {
      const loss = (p: typeof params): Tensor =>
        sum(layer.run({ params: p, stats }, of, { lengths }, evaluation).output);
      return flatten(grad(loss)(params)).leaves.map(valuesOf);
    };
    expect(gradients(x)).toEqual(gradients(span(x, 0, 2)));
  });

  it("have biases of their own, whatever starts the weights", () => {
    const layer = layers.lstm({ size: 2, weightInit: initializers.orthogonal() });
    const { params } = settled(layer.init(key(1), [1, 3, 2]));
    const bias = valuesOf(params.forward[0]!.inputGates.bias!);
    expect(bias.every((value) => Math.abs(value) < 1 / Math.sqrt(2))).toBe(true);
    expect(new Set(bias).size).toBe(bias.length);
  });

  it("drop between layers, in training only", () => {
    const layer = layers.rnn({ size: 8, layers: 2, dropout: 0.5 });
    const x = normal([2, 3, 4], 3);
    const variables = settled(layer.init(key(3), x.shape));
    const output = (context: { train: boolean; key?: Tensor }): number[] =>
      valuesOf(layer.apply(variables, x, context).output);
    const drawn = output({ train: true, key: key(4) });
    expect(output({ train: true, key: key(4) })).toEqual(drawn);
    expect(drawn).not.toEqual(output(evaluation));
    expect(() => output({ train: true })).toThrow("rnn: training draws random numbers and needs a key");
  });

  it("have PyTorch's names in files, and count their products", async () => {
    const model = layers.sequential({ read: layers.gru({ size: 2, layers: 2, bidirectional: true }) });
    const variables = settled(model.init(key(5), [1, 3, 4]));
    const exported = exportStateDict(variables);
    expect(Object.entries(exported).map(([name, { shape }]) => [name, shape])).toEqual(
      ["", "_reverse"].flatMap((direction) =>
        [4, 4].flatMap((features, layer) => [
          [`read.weight_ih_l${layer}${direction}`, [6, features]],
          [`read.bias_ih_l${layer}${direction}`, [6]],
          [`read.weight_hh_l${layer}${direction}`, [6, 2]],
          [`read.bias_hh_l${layer}${direction}`, [6]],
        ]),
      ),
    );
    const before = Object.entries(exported).map(([name, x]) => [name, valuesOf(x)] as const);
    const { tensors } = readSafetensors(await writeStateDict(variables));
    const again = exportStateDict(importStateDict(model.init(key(6), [1, 3, 4]), tensors));
    for (const [name, values] of before) expect(valuesOf(again[name]!)).toEqual(values);
    // Two layers of two directions: 3 elements times 6 gates times (4 inputs and 2 states).
    expect(summary(model, [1, 3, 4]).macs).toBe(4 * 3 * 6 * (4 + 2));
  });

  it("say what does not fit, with the path", () => {
    const layer = layers.lstm({ size: 3 });
    const variables = layer.init(key(0), [2, 5, 4]);
    const run = (x: Tensor, inputs: object): unknown => layer.run(variables, x, inputs, evaluation);
    const x = input([2, 5, 4], "f32");
    expect(() => run(input([2, 5, 3], "f32"), {})).toThrow(
      "lstm: x has 3 features, weight expects 4 (x [2,5,3])",
    );
    expect(() => run(x, { state: { hidden: input([1, 2, 3], "f32") } })).toThrow(
      "lstm: expected state.cell of f32 [1,2,3], got undefined",
    );
    expect(() => run(x, { lengths: tensor([1, 2]) })).toThrow(
      "lstm: expected lengths of i32 [2], got f32 [2]",
    );
    expect(() => layers.sequential(layers.gru({ size: 2 })).init(key(0), [5, 4])).toThrow(
      "0.gru: expected x of shape [N,T,C], got [5,4]",
    );
    // From untyped code.
    expect(() => layers.rnn({ hiddenSize: 3 } as never)).toThrow(
      'rnn: there is no option "hiddenSize"; it is called size here',
    );
  });
});
