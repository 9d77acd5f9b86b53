import { add, cast, formatShape, matmul, reshape, type Shape, sizeOf, type Tensor } from "@clidim/tensor";
import { checkOptions, required, wholeFrom } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";
import { initWeightAndBias, type WeightAndBias, type WeightOptions, weightOptions } from "./weights.js";

export interface LinearOptions extends WeightOptions {
  /** Output features. */
  readonly out: number;
}

/** `x @ weight + bias` on the last axis: [..., in] -> [..., out]. Weight [in, out], bias [out]. */
export function linear(options: LinearOptions): Layer<WeightAndBias, None> {
  checkOptions("linear", options, { out: required(wholeFrom(1)), ...weightOptions });
  const { out } = options;
  const features = (shape: Shape): number => {
    const last = shape.at(-1);
    if (last === undefined) throw new Error("linear: expected x of shape [..., in], got a scalar");
    return last;
  };
  return checkedLayer<WeightAndBias, None>({
    kind: "linear",
    init(key, inputShape) {
      const fanIn = features(inputShape);
      return {
        params: initWeightAndBias(key, [fanIn, out], out, { fanIn, fanOut: out }, options),
        stats: {},
      };
    },
    apply({ params: { weight, bias }, stats }, x) {
      const fanIn = features(x.shape);
      if (fanIn !== weight.shape[0]) {
        throw new Error(
          `linear: x has ${fanIn} features, weight expects ${weight.shape[0]} (x ${formatShape(x.shape)}, weight ${formatShape(weight.shape)})`,
        );
      }
      const outer = x.shape.slice(0, -1);
      const product: Tensor = matmul(reshape(x, [sizeOf(outer), fanIn]), cast(weight, x.dtype));
      const shifted = bias ? add(product, cast(bias, x.dtype)) : product;
      return { output: reshape(shifted, [...outer, out]), stats };
    },
    outputShape(inputShape) {
      features(inputShape);
      return [...inputShape.slice(0, -1), out];
    },
  });
}
