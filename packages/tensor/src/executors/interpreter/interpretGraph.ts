import { fromHalf, toHalf } from "../../float16.js";
import type { Graph, GraphNode } from "../../primitives/graph.js";
import type { InterpretGraph, ReferenceValue } from "../../primitives/primitive.js";
import { referenceOf } from "../../primitives/referenceOf.js";

export interface InterpretOptions {
  /** Rounds values of dtype f16 to halves. Default false: differences of values stay exact. */
  readonly roundHalves?: boolean;
  /** Rounds values of dtype f32 to floats, after each operation: for what is decided by their last bit, as floor(0.7 n) is. Default false. */
  readonly roundFloats?: boolean;
}

/**
 * The graph's outputs in float64, row-major, one plain loop per primitive, given the values of its inputs. A result may be an input's array, or another result's.
 */
export function interpretGraph(
  { nodes, inputs, outputs }: Graph,
  given: readonly Float64Array[],
  options: InterpretOptions = {},
): Float64Array[] {
  const { roundHalves = false, roundFloats = false } = options;
  const interpret: InterpretGraph = (graph, values) => interpretGraph(graph, values, options);
  const stored = ({ dtype }: GraphNode, data: Float64Array): Float64Array => {
    if (roundHalves && dtype === "f16") return data.map((value) => fromHalf(toHalf(value)));
    return roundFloats && dtype === "f32" ? data.map(Math.fround) : data;
  };
  const uses = new Uint32Array(nodes.length);
  for (const output of outputs) uses[output]!++;
  for (const node of nodes) for (const operand of node.inputs) uses[operand]!++;

  const values: (Float64Array | undefined)[] = nodes.map(() => undefined);
  inputs.forEach((id, k) => {
    values[id] = stored(nodes[id]!, given[k]!);
  });
  nodes.forEach((node, id) => {
    if (node.op === "input") return;
    const operands = node.inputs.map((operand): ReferenceValue => {
      const { shape, dtype } = nodes[operand]!;
      return { shape, dtype, data: values[operand]! };
    });
    values[id] = stored(node, referenceOf(node, operands, interpret));
    // A value goes with its last use, so that deep graphs fit.
    for (const operand of node.inputs) if (--uses[operand]! === 0) values[operand] = undefined;
  });
  return outputs.map((output) => values[output]!);
}
