import { add, cast, formatShape, input, pad, type Shape, type Tensor, zeros } from "@clidim/tensor";
import type { Layer, None } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";
import { imageChannels, type SpatialRank } from "./images.js";
import { initWeightAndBias, type WeightAndBias, type WeightOptions } from "./weights.js";

/** What is around an image: zeros, its mirror image, its border, or its other end. */
export type PaddingMode = "zero" | "reflect" | "edge" | "circular";

export const paddingModes: readonly PaddingMode[] = ["zero", "reflect", "edge", "circular"];

/** Elements before and after each spatial axis. */
export type Sides = readonly (readonly [before: number, after: number])[];

interface ConvolutionLayer {
  readonly kind: string;
  /** Extents of the kernel, one per spatial axis. */
  readonly kernel: readonly number[];
  readonly out: number;
  readonly groups: number;
  /** The weight is [...kernel, out / groups, channels], where it is [...kernel, channels / groups, out] otherwise. */
  readonly transposed?: boolean;
  readonly convolve: (x: Tensor, weight: Tensor) => Tensor;
  readonly weights: WeightOptions;
}

/** A convolution of any rank, transposed or not, and its bias [out]. */
export function convolutionLayer({
  kind,
  kernel,
  out,
  groups,
  transposed = false,
  convolve,
  weights,
}: ConvolutionLayer): Layer<WeightAndBias, None> {
  const rank = kernel.length as SpatialRank; // one to three
  const weightShape = (inputShape: Shape): Shape => {
    const channels = imageChannels(kind, inputShape, rank);
    if (channels % groups !== 0 || out % groups !== 0) {
      throw new Error(
        `${kind}: ${channels} input and ${out} output channels do not divide into ${groups} groups (x ${formatShape(inputShape)})`,
      );
    }
    return transposed ? [...kernel, out / groups, channels] : [...kernel, channels / groups, out];
  };
  const taps = kernel.reduce((product, extent) => product * extent, 1);
  return checkedLayer<WeightAndBias, None>({
    kind,
    init(key, inputShape) {
      const shape = weightShape(inputShape);
      const [next, last] = shape.slice(-2) as [number, number];
      // PyTorch's fans go by the axes of the weight: of all output channels whatever the groups, and of a transposed convolution the other way round.
      const fans = { fanIn: taps * next, fanOut: taps * last };
      return { params: initWeightAndBias(key, shape, out, fans, weights), stats: {} };
    },
    apply({ params: { weight, bias }, stats }, x) {
      imageChannels(kind, x.shape, rank);
      const y = convolve(x, cast(weight, x.dtype));
      return { output: bias ? add(y, cast(bias, x.dtype)) : y, stats };
    },
    outputShape: (inputShape) => convolve(input(inputShape, "f32"), zeros(weightShape(inputShape))).shape,
  });
}

/** `x` with elements around its spatial axes that are no zeros. */
export const padded = (x: Tensor, sides: Sides, mode: PaddingMode): Tensor =>
  pad(x, [[0, 0], ...sides.map(([before, after]): [number, number] => [before, after]), [0, 0]], mode);
