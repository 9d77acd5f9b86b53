import type { CustomCall } from "../customCall.js";
import { apply, type Tensor } from "../tensor.js";

/**
 * Results (floats) with a gradient of their own, whatever they are computed by: `backward` gets the cotangents, undefined where nothing depends on a result, and the arguments and the results, and
 * returns a gradient for each argument, undefined where there is none. The arguments have to be all that a gradient flows to.
 */
export function withVjp(
  name: string,
  args: readonly Tensor[],
  results: readonly Tensor[],
  backward: (
    cotangents: readonly (Tensor | undefined)[],
    args: readonly Tensor[],
    results: readonly Tensor[],
  ) => readonly (Tensor | undefined)[],
): Tensor[] {
  const call: CustomCall = {
    name,
    argumentCount: args.length,
    results: [],
    backward: (given, own, cotangents) => backward(cotangents, given, own),
  };
  return results.map((result) => {
    const node = apply("customVjp", [result, ...args], { backward: call });
    call.results.push(node);
    return node;
  });
}
