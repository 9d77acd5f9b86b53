import type { Shape, Tensor } from "@clidim/tensor";
import type { AnyLayer, Context, Layer, LayerResult, Variables } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";
import { children, type Layers, type ParamsOfEach, type StatsOfEach } from "./children.js";

/**
 * Layers one after the other. Given as arguments, parameters are a tuple and paths are numbers (`2.weight`); given as one
 * record, both carry its names, in its order.
 */
export function sequential<const L extends readonly AnyLayer[]>(
  ...layers: L
): Layer<ParamsOfEach<L>, StatsOfEach<L>>;
export function sequential<const L extends Readonly<Record<string, AnyLayer>>>(
  layers: L,
): Layer<ParamsOfEach<L>, StatsOfEach<L>>;
export function sequential(...layers: readonly AnyLayer[] | [Readonly<Record<string, AnyLayer>>]): AnyLayer {
  const [first] = layers;
  // A single argument that is no layer is the record of the second overload.
  const given = layers.length === 1 && first && typeof first.apply !== "function" ? first : layers;
  return chained(given as Layers);
}

function chained<const L extends Layers>(layers: L): Layer<ParamsOfEach<L>, StatsOfEach<L>> {
  const all = children("sequential", layers);
  return checkedLayer<ParamsOfEach<L>, StatsOfEach<L>>({
    kind: "sequential",
    init(key: Tensor, inputShape: Shape): Variables<ParamsOfEach<L>, StatsOfEach<L>> {
      let shape = inputShape;
      return all.init((part) => {
        const variables = part.init(key, shape);
        shape = part.outputShape(shape);
        return variables;
      });
    },
    apply(variables, x: Tensor, context: Context): LayerResult<StatsOfEach<L>> {
      const { outputs, stats } = all.apply(variables, context, (previous) => previous ?? x);
      return { output: outputs.at(-1)!, stats };
    },
    outputShape: (inputShape: Shape): Shape =>
      all.parts.reduce((shape, part) => part.outputShape(shape), inputShape),
  });
}
