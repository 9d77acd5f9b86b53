import { fromHalf, toHalf } from "../../float16.js";
import { primitives } from "../../primitives/index.js";
import type { ReferenceValue } from "../../primitives/primitive.js";
import { sizeOf } from "../../shape.js";
import type { Definition, Tensor } from "../../tensor.js";

/** Every tensor that `outputs` depend on, operands before results; nothing behind a fed tensor. */
function reachable(outputs: readonly Tensor[], feeds: ReadonlyMap<Tensor, Float64Array>): Tensor[] {
  const found = new Set<Tensor>(outputs);
  // A set visits what is added to it while it is walked.
  for (const node of found) {
    if (!feeds.has(node)) for (const operand of node.definition.inputs) found.add(operand);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

function compute({ op, params }: Definition, inputs: readonly ReferenceValue[], out: Tensor): Float64Array {
  // The name selects the primitive that the parameters belong to; TypeScript cannot correlate the two across a union.
  const reference = primitives[op].reference as (
    inputs: readonly ReferenceValue[],
    params: Definition["params"],
    out: Tensor,
  ) => Float64Array;
  return reference(inputs, params, out);
}

export interface InterpretOptions {
  /** Rounds values of dtype f16 to halves. Default false: differences of values stay exact. */
  readonly roundHalves?: boolean;
}

/**
 * The values of `outputs` in float64, row-major: one plain loop per primitive, the oracle of every other executor. Integers wrap at 32
 * bits, bools are 0 or 1, f32 is not rounded, and f16 only with `roundHalves`: then every value of a tensor of halves is the nearest
 * half, as a device stores it, and not differentiable. `feeds` give values to placeholders, and may replace that of any other
 * tensor. Throws where a value from outside the graph is not fed, or has the wrong length.
 */
export function interpret(
  outputs: readonly Tensor[],
  feeds: ReadonlyMap<Tensor, Float64Array> = new Map(),
  { roundHalves = false }: InterpretOptions = {},
): Float64Array[] {
  const order = reachable(outputs, feeds);
  const stored = (node: Tensor, data: Float64Array): Float64Array =>
    roundHalves && node.dtype === "f16" ? data.map((value) => fromHalf(toHalf(value))) : data;
  const pending = new Map<Tensor, number>();
  const use = (x: Tensor, change: number): number => {
    const left = (pending.get(x) ?? 0) + change;
    pending.set(x, left);
    return left;
  };
  const operandsOf = (node: Tensor): readonly Tensor[] => (feeds.has(node) ? [] : node.definition.inputs);
  for (const output of outputs) use(output, 1);
  for (const node of order) for (const operand of operandsOf(node)) use(operand, 1);

  const values = new Map<Tensor, Float64Array>();
  for (const node of order) {
    const fed = feeds.get(node);
    if (fed) {
      if (fed.length !== sizeOf(node.shape)) {
        throw new Error(
          `interpret: ${node.toString()} needs ${sizeOf(node.shape)} values, the feed has ${fed.length}`,
        );
      }
      values.set(node, stored(node, fed));
      continue;
    }
    if (node.definition.op === "input") {
      throw new Error(
        node.buffer
          ? `interpret: ${node.toString()} has its value on a device; interpret before evaluating, or give its values in feeds`
          : `interpret: ${node.toString()} comes from outside the graph; give its values in feeds`,
      );
    }
    const inputs = operandsOf(node).map((x) => ({ shape: x.shape, dtype: x.dtype, data: values.get(x)! }));
    values.set(node, stored(node, compute(node.definition, inputs, node)));
    // A value goes with its last use, so that deep graphs fit.
    for (const operand of operandsOf(node)) if (use(operand, -1) === 0) values.delete(operand);
  }
  return outputs.map((output) => values.get(output)!.slice());
}
