import { reach } from "../graph/reach.js";
import type { Tensor } from "../tensor.js";

/** A graph past this size was most likely never evaluated inside a loop. */
const maxNodes = 200_000;

/** Every tensor that `outputs` are computed from, the arguments included, operands before results. Throws where they are too many. */
export function boundedReach(outputs: readonly Tensor[], args: readonly Tensor[] = []): Tensor[] {
  const isArgument = new Set(args);
  let reached = 0;
  return reach([...args, ...outputs], (tensor) => {
    if (++reached > maxNodes) {
      throw new Error(
        `evaluate: the graph has more than ${maxNodes} operations; a loop that never evaluates its state grows it without ` +
          "end. Use compile for the loop's body, or evaluate the state once per iteration",
      );
    }
    return isArgument.has(tensor) ? [] : tensor.definition.inputs;
  });
}
