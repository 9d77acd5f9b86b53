import { cast, formatShape, reshape, type Shape, sizeOf } from "@clidim/tensor";
import { atLeastZero, checkOptions, required, wholeFrom } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { type Affine, type AffineOptions, affineOptions, applyAffine, initAffine } from "./affine.js";
import { checkedLayer } from "./checkedLayer.js";
import { standardize } from "./standardize.js";

export interface GroupNormOptions extends AffineOptions {
  /** Channels are normalised together in this many groups. */
  readonly groups: number;
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

/** Normalises groups of neighbouring channels of each sample of [N, ..., C] together with the spatial axes: PyTorch's GroupNorm. */
export function groupNorm(options: GroupNormOptions): Layer<Affine, None> {
  checkOptions("groupNorm", options, {
    groups: required(wholeFrom(1)),
    epsilon: atLeastZero,
    ...affineOptions,
  });
  const { groups, epsilon = 1e-5 } = options;
  const check = (shape: Shape): Shape => {
    if (shape.length < 2 || shape.at(-1)! % groups !== 0) {
      throw new Error(
        `groupNorm: expected x of shape [N,...,C] with C a multiple of ${groups} groups, got ${formatShape(shape)}`,
      );
    }
    return shape;
  };
  return checkedLayer<Affine, None>({
    kind: "groupNorm",
    init: (key, inputShape) => ({ params: initAffine(key, check(inputShape).slice(-1), options), stats: {} }),
    apply({ params, stats }, x) {
      const shape = check(x.shape);
      const grouped = [shape[0]!, sizeOf(shape.slice(1, -1)), groups, shape.at(-1)! / groups];
      const normalized = standardize(reshape(cast(x, "f32"), grouped), [1, 3], epsilon);
      return { output: cast(applyAffine(params, reshape(normalized, shape)), x.dtype), stats };
    },
    outputShape: check,
  });
}
