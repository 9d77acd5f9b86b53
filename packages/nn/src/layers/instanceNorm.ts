import { cast, formatShape, type Shape } from "@clidim/tensor";
import { atLeastZero, checkOptions } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { type Affine, type AffineOptions, affineOptions, applyAffine, initAffine } from "./affine.js";
import { checkedLayer } from "./checkedLayer.js";
import { standardize } from "./standardize.js";

export interface InstanceNormOptions extends AffineOptions {
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

/**
 * Normalises each channel of each sample of [N, ..., C] over its spatial axes, in training and after: PyTorch's InstanceNorm,
 * with its default of no scale and shift (`affine: true` adds them).
 */
export function instanceNorm(options: InstanceNormOptions = {}): Layer<Affine, None> {
  checkOptions("instanceNorm", options, { epsilon: atLeastZero, ...affineOptions });
  const { affine = false, epsilon = 1e-5 } = options;
  const check = (shape: Shape): Shape => {
    if (shape.length < 3)
      throw new Error(`instanceNorm: expected x of shape [N,...,C], got ${formatShape(shape)}`);
    return shape;
  };
  return checkedLayer<Affine, None>({
    kind: "instanceNorm",
    init: (key, inputShape) => ({
      params: initAffine(key, check(inputShape).slice(-1), { ...options, affine }),
      stats: {},
    }),
    apply({ params, stats }, x) {
      const axes = [...check(x.shape).keys()].slice(1, -1);
      const normalized = standardize(cast(x, "f32"), axes, epsilon);
      return { output: cast(applyAffine(params, normalized), x.dtype), stats };
    },
    outputShape: check,
  });
}
