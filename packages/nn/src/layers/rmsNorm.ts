import { add, cast, formatShape, mean, mul, rsqrt, type Shape, square, type Tensor } from "@clidim/tensor";
import type { Initializer } from "../initializers/initializer.js";
import { ones } from "../initializers/ones.js";
import type { Layer, None } from "../layer.js";

export interface RmsNormOptions {
  /** Added to the mean square. Default 2^-23, the spacing of f32 at 1. */
  readonly epsilon?: number;
  /** Default ones. */
  readonly weightInit?: Initializer;
}

/** `weight * x / sqrt(mean(x^2) + epsilon)` on the last axis: PyTorch's RMSNorm. */
export function rmsNorm({
  epsilon = 2 ** -23,
  weightInit = ones,
}: RmsNormOptions = {}): Layer<{ readonly weight: Tensor }, None> {
  const check = (shape: Shape): Shape => {
    if (shape.length < 1) throw new Error(`rmsNorm: expected x of shape [...,C], got ${formatShape(shape)}`);
    return shape;
  };
  return {
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
  };
}
