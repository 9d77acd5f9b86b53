import type { Shape, Tensor } from "@clidim/tensor";

/**
 * Inputs per output, and outputs per input, of the layer a weight belongs to, as PyTorch counts them: of a convolution in groups the outputs of all groups, of a transposed one
 * inputs and outputs the other way round. A bias is given those of its weight.
 */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Makes a parameter of `shape`: any function of this form can be a layer's `weightInit` or `biasInit`. */
export type Initializer = (key: Tensor, shape: Shape, fans: Fans) => Tensor;
