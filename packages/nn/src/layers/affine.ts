import { add, mul, type Shape, split, type Tensor } from "@clidim/tensor";
import { type AcceptedOptions, flag, initializer } from "../checkOptions.js";
import type { Initializer } from "../initializers/initializer.js";
import { ones } from "../initializers/ones.js";
import { zeros } from "../initializers/zeros.js";

/** Scale and shift after a normalisation; both absent where the layer was made with `affine: false`. */
export type Affine = { readonly weight?: Tensor; readonly bias?: Tensor };

export interface AffineOptions {
  /** Learn a scale and a shift. */
  readonly affine?: boolean;
  /** Default ones. */
  readonly weightInit?: Initializer;
  /** Default zeros. */
  readonly biasInit?: Initializer;
}

/** What these options may be. */
export const affineOptions: AcceptedOptions<AffineOptions> = {
  affine: flag,
  weightInit: initializer,
  biasInit: initializer,
};

export function initAffine(
  key: Tensor,
  shape: Shape,
  { affine = true, weightInit = ones, biasInit = zeros }: AffineOptions,
): Affine {
  if (!affine) return {};
  const [weightKey, biasKey] = split(key) as [Tensor, Tensor]; // split makes two unless told otherwise
  const fans = { fanIn: 1, fanOut: 1 };
  return { weight: weightInit(weightKey, shape, fans), bias: biasInit(biasKey, shape, fans) };
}

export function applyAffine({ weight, bias }: Affine, x: Tensor): Tensor {
  const scaled = weight ? mul(x, weight) : x;
  return bias ? add(scaled, bias) : scaled;
}
