import { reach } from "../../graph/reach.js";
import { trace } from "../../graph/trace.js";
import { sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { Float64Value } from "./float64Value.js";
import { type InterpretOptions, interpretGraph } from "./interpretGraph.js";

/**
 * The values of `outputs` in float64, row-major: one plain loop per primitive, the oracle of every other executor. Integers wrap at 32
 * bits, bools are 0 or 1, f32 is rounded only with `roundFloats`, and f16 only with `roundHalves`: then every value of a tensor of halves is the nearest
 * half, as a device stores it, and not differentiable. `feeds` give values to placeholders, and may replace that of any other
 * tensor. Throws where a value from outside the graph is not fed, or has the wrong length: nothing waits here, so a value on a device
 * has to be read by whoever calls, or the graph evaluated by an `Interpreter`.
 */
export function interpret(
  outputs: readonly Tensor[],
  feeds: ReadonlyMap<Tensor, Float64Array> = new Map(),
  options: InterpretOptions = {},
): Float64Array[] {
  const fed = reach(outputs, (tensor) => (feeds.has(tensor) ? [] : tensor.definition.inputs)).filter(
    (tensor) => feeds.has(tensor),
  );
  const { graph, leaves } = trace(outputs, fed);
  const given = leaves.map((leaf) => givenValue(leaf, feeds));
  return interpretGraph(graph, given, options).map((data) => data.slice());
}

function givenValue(tensor: Tensor, feeds: ReadonlyMap<Tensor, Float64Array>): Float64Array {
  const fed = feeds.get(tensor);
  if (fed) {
    const size = sizeOf(tensor.shape);
    if (fed.length !== size) {
      throw new Error(`interpret: ${tensor.toString()} needs ${size} values, the feed has ${fed.length}`);
    }
    return fed;
  }
  const { value } = tensor;
  if (value instanceof Float64Value) return value.data;
  throw new Error(
    value
      ? `interpret: ${tensor.toString()} has its value on a device; interpret before evaluating, or give its values in feeds`
      : `interpret: ${tensor.toString()} comes from outside the graph; give its values in feeds`,
  );
}
