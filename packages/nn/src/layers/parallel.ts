import { add, concat, input, type Shape, type Tensor } from "@clidim/tensor";
import { checkOptions, integer, oneOf } from "../checkOptions.js";
import type { Layer } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";
import { children, type Layers, type ParamsOfEach, type StatsOfEach } from "./children.js";

export interface ParallelOptions {
  /** How the outputs become one: side by side along `axis`, or added up. Default "concat". */
  readonly combine?: "concat" | "sum";
  /** For "concat"; default -1, the channels. */
  readonly axis?: number;
}

/** Several layers on the same input, their outputs combined in the order given. `layers` is a tuple or a record of names. */
export function parallel<const L extends Layers>(
  layers: L,
  options: ParallelOptions = {},
): Layer<ParamsOfEach<L>, StatsOfEach<L>> {
  checkOptions("parallel", options, { combine: oneOf("concat", "sum"), axis: integer });
  const { combine = "concat", axis = -1 } = options;
  const all = children("parallel", layers);
  const join = (outputs: readonly Tensor[]): Tensor =>
    combine === "concat" ? concat(outputs, axis) : outputs.reduce((total, output) => add(total, output));
  return checkedLayer<ParamsOfEach<L>, StatsOfEach<L>>({
    kind: "parallel",
    init: (key, inputShape) => all.init((part) => part.init(key, inputShape)),
    apply(variables, x, context) {
      const { outputs, stats } = all.apply(variables, context, () => x);
      return { output: join(outputs), stats };
    },
    outputShape: (inputShape: Shape): Shape =>
      join(all.parts.map((part) => input(part.outputShape(inputShape), "f32"))).shape,
  });
}
