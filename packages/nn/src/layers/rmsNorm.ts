import { add, cast, formatShape, mean, mul, rsqrt, type Shape, square, type Tensor } from "@clidim/tensor";
import { atLeastZero, checkOptions, initializer } from "../checkOptions.js";
import type { Initializer } from "../initializers/initializer.js";
import { ones } from "../initializers/ones.js";
import type { Layer, None } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";

export interface RmsNormOptions {
  /** Added to the mean square. Default 2^-23, the spacing of f32 at 1. */
  readonly epsilon?: number;
  /** Default ones. */
  readonly weightInit?: Initializer;
}

/** `weight * x / sqrt(mean(x^2) + epsilon)` on the last axis: PyTorch's RMSNorm. */
export function rmsNorm(options: RmsNormOptions = {}): Layer<{ readonly weight: Tensor }, None> {
  checkOptions("rmsNorm", options, { epsilon: atLeastZero, weightInit: initializer });
  const { epsilon = 2 ** -23, weightInit = ones } = options;
  const check = (shape: Shape): Shape => {
    if (shape.length < 1) throw new Error(`rmsNorm: expected x of shape [...,C], got ${formatShape(shape)}`);
    return shape;
  };
  return checkedLayer<{ readonly weight: Tensor }, None>({
    kind: "rmsNorm",
    init: (key, inputShape) => ({
      params: { weight: weightInit(key, check(inputShape).slice(-1), { fanIn: 1, fanOut: 1 }) },
      stats: {},
    }),
    apply({ params, stats }, x) {
      check(x.shape);
      const wide = cast(x, "f32");
      const inverse = rsqrt(add(mean(square(wide), [-1], { keepDims: true }), epsilon));
      return { output: cast(mul(mul(wide, inverse), params.weight), x.dtype), stats };
    },
    outputShape: check,
  });
}
