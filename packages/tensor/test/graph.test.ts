import { describe, expect, it } from "vitest";
import { printGraph, reach, simplify, traceFunction } from "../src/graph/index.js";
import * as T from "../src/index.js";
import { type Tensor, tensor } from "../src/index.js";

const f = ({ layers }: { readonly layers: readonly { readonly w: Tensor }[] }, x: Tensor) => ({
  y: T.matmul(x, layers[0]!.w),
  z: [T.add(x, 0), T.exp(x)],
});

describe("traceFunction", () => {
  it("makes a graph of shapes, in topological order, and says what its inputs and outputs are", () => {
    const traced = traceFunction(
      f,
      { layers: [{ w: { shape: [3, 2], dtype: "f32" } }] },
      { shape: [4, 3], dtype: "f32" },
    );
    const { graph } = traced;
    expect(traced.inputPaths).toEqual(["0.layers.0.w", "1"]);
    expect(traced.outputPaths).toEqual(["y", "z.0", "z.1"]);
    expect(traced.captured).toEqual([]);
    expect(graph.inputs.map((id) => graph.nodes[id]!.shape)).toEqual([
      [3, 2],
      [4, 3],
    ]);
    expect(graph.outputs.map((id) => graph.nodes[id]!.op)).toEqual(["matmul", "add", "exp"]);
    graph.nodes.forEach(({ inputs }, id) => {
      for (const operand of inputs) expect(operand).toBeLessThan(id);
    });
  });

  it("keeps shapes as they were when they were given", () => {
    const shape = [4, 3];
    const { graph } = traceFunction((x: Tensor) => T.exp(x), { shape, dtype: "f32" });
    const placeholder = T.input(shape, "f32");
    shape[0] = 7;
    expect(graph.nodes.map((node) => node.shape)).toEqual([
      [4, 3],
      [4, 3],
    ]);
    expect(placeholder.shape).toEqual([4, 3]);
  });

  it("takes tensors as examples, and keeps what is closed over apart from what is written down", async () => {
    const bias = T.mul(tensor([1, 2]), 3);
    await T.evaluate(bias);
    const { graph, captured, inputPaths } = traceFunction(
      (x: Tensor) => T.mul(T.add(x, bias), tensor([5, 6])),
      tensor([0, 0]),
    );
    expect(captured).toEqual([bias]);
    expect(inputPaths).toEqual(["0"]);
    expect(graph.inputs.length).toBe(2);
    const constants = graph.nodes.flatMap((node) => (node.op === "constant" ? [[...node.params.data]] : []));
    expect(constants).toEqual([[5, 6]]);
  });

  it("names what is no tree of tensors", () => {
    // Untyped code.
    const wrong = (() => 3) as unknown as (x: Tensor) => Tensor;
    expect(() => traceFunction(wrong, tensor([1]))).toThrow(
      "traceFunction: the function returned a number (3), expected a tensor",
    );
    const example = { shape: "2", dtype: "f32" } as unknown as Tensor;
    expect(() => traceFunction((x: Tensor) => x, example)).toThrow(
      "traceFunction: expected tensors in arrays and plain records, got string at argument 0.shape",
    );
  });
});

describe("simplify and printGraph", () => {
  it("leave the inputs where they are, and one line per operation", () => {
    const shape = { shape: [2], dtype: "f32" } as const;
    const { graph } = traceFunction((_: Tensor, x: Tensor) => T.add(T.mul(x, 1), T.mul(x, 1)), shape, shape);
    expect(printGraph(simplify(graph)).split("\n")).toEqual([
      "%0 = input : f32 [2]",
      "%1 = input : f32 [2]",
      "%2 = add %1 %1 : f32 [2]",
      "outputs: %2",
    ]);
  });
});

describe("reach", () => {
  it("finds everything once, operands before results, as far as it is told to", () => {
    const x = tensor([1]);
    const y = T.exp(x);
    const z = T.add(y, y);
    expect(reach([z, y])).toEqual([x, y, z]);
    expect(reach([z], (node) => (node === y ? [] : node.definition.inputs))).toEqual([y, z]);
    expect(reach([])).toEqual([]);
  });

  it("walks a graph of 200000 operations", () => {
    let x = T.zeros([]);
    for (let i = 0; i < 100_000; i++) x = T.add(x, 1);
    expect(reach([x]).length).toBe(200_001);
  });
});
