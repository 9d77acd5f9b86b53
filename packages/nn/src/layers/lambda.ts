import { type Shape, Tensor } from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import type { Layer, None } from "../layer.js";
import { traced } from "../traced.js";
import { checkedLayer } from "./checkedLayer.js";

/**
 * A layer without variables from a pure function of a tensor. Its output shape is found with a placeholder of f32, or of i32 where `f`
 * refuses floats.
 */
export function lambda(kind: string, f: (x: Tensor) => Tensor): Layer<None, None> {
  if (typeof kind !== "string" || typeof f !== "function") {
    throw new Error(
      `lambda: expected a name and a function of a tensor, got ${show(kind)} and ${show(f)}; write lambda("double", (x) => mul(x, 2))`,
    );
  }
  const call = (x: Tensor): Tensor => {
    const output: unknown = f(x);
    if (output instanceof Tensor) return output;
    throw new Error(`${kind}: the function must return a tensor, got ${show(output)}`);
  };
  return checkedLayer<None, None>({
    kind,
    init: () => ({ params: {}, stats: {} }),
    apply: ({ stats }, x) => ({ output: call(x), stats }),
    outputShape: (inputShape: Shape): Shape => traced(inputShape, call).shape,
  });
}
