import { cast, formatShape, type Shape } from "@clidim/tensor";
import { atLeastZero, checkOptions, wholeFrom } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { type Affine, type AffineOptions, affineOptions, applyAffine, initAffine } from "./affine.js";
import { checkedLayer } from "./checkedLayer.js";
import { standardize } from "./standardize.js";

export interface LayerNormOptions extends AffineOptions {
  /** How many trailing axes are normalised together. Default 1. */
  readonly axes?: number;
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

/** Normalises the last axis (or the last `axes` axes); weight and bias have their shape: PyTorch's LayerNorm. */
export function layerNorm(options: LayerNormOptions = {}): Layer<Affine, None> {
  checkOptions("layerNorm", options, { axes: wholeFrom(1), epsilon: atLeastZero, ...affineOptions });
  const { axes = 1, epsilon = 1e-5 } = options;
  const check = (shape: Shape): Shape => {
    if (shape.length < axes) {
      throw new Error(`layerNorm: cannot normalise the last ${axes} axes of x ${formatShape(shape)}`);
    }
    return shape;
  };
  return checkedLayer<Affine, None>({
    kind: "layerNorm",
    init: (key, inputShape) => ({
      params: initAffine(key, check(inputShape).slice(-axes), options),
      stats: {},
    }),
    apply({ params, stats }, x) {
      const normalized = standardize(cast(x, "f32"), [...check(x.shape).keys()].slice(-axes), epsilon);
      return { output: cast(applyAffine(params, normalized), x.dtype), stats };
    },
    outputShape: check,
  });
}
