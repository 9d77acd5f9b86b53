import { apply, moveAxis, reshape, type Shape, type Tensor } from "@clidim/tensor";
import { type BatchRule, batched, type Mapped } from "./rule.js";

// Each of the three convolutions multiplies two of x [N, H, W, Cin], y [N, Ho, Wo, Cout] and weight [KH, KW, Cin / groups, Cout] and gives the third. What two of them have along an axis
// that counts the examples stays one convolution: in the images where x and y have it, in the channels of the weight where it has it alone, in the groups where all three have it.

/** The examples as further images: [B, N, ...] to [B N, ...]. */
const toImages = ({ tensor }: Mapped): Tensor => {
  const [size, images, ...rest] = tensor.shape as readonly [number, number, ...number[]];
  return reshape(tensor, [size * images, ...rest]);
};

const fromImages = (x: Tensor, size: number): Tensor =>
  reshape(x, [size, x.shape[0]! / size, ...x.shape.slice(1)]);

/** The examples as further channels of each of `groups` groups along the last axis but `behind`: [B, ..., G C, ...] to [..., G B C, ...]. */
function toChannels(x: Tensor, groups: number, behind: number): Tensor {
  const size = x.shape[0]!;
  const axis = x.shape.length - 1 - behind;
  const channels = x.shape[axis]!;
  const split = reshape(x, [
    ...x.shape.slice(0, axis),
    groups,
    channels / groups,
    ...x.shape.slice(axis + 1),
  ]);
  return reshape(moveAxis(split, 0, axis), [
    ...x.shape.slice(1, axis),
    size * channels,
    ...x.shape.slice(axis + 1),
  ]);
}

/** The inverse, of a result whose axis of channels is `axis`. */
function fromChannels(y: Tensor, size: number, groups: number, axis: number): Tensor {
  const channels = y.shape[axis]! / size;
  const [before, after]: [Shape, Shape] = [y.shape.slice(0, axis), y.shape.slice(axis + 1)];
  const split = reshape(y, [...before, groups, size, channels / groups, ...after]);
  return reshape(moveAxis(split, axis + 1, 0), [size, ...before, channels, ...after]);
}

export const conv2d: BatchRule<"conv2d"> = ({ operands: [x, weight], params, size }) => {
  if (!weight!.batched) {
    return batched(fromImages(apply("conv2d", [toImages(x!), weight!.tensor], params), size));
  }
  const { groups } = params;
  if (!x!.batched) {
    const y = apply("conv2d", [x!.tensor, toChannels(weight!.tensor, groups, 0)], params);
    return batched(fromChannels(y, size, groups, 3));
  }
  const y = apply("conv2d", [toChannels(x!.tensor, 1, 0), toChannels(weight!.tensor, 1, 0)], {
    ...params,
    groups: size * groups,
  });
  return batched(fromChannels(y, size, 1, 3));
};

export const convTranspose2d: BatchRule<"convTranspose2d"> = ({ operands: [y, weight], params, size }) => {
  if (!weight!.batched) {
    return batched(fromImages(apply("convTranspose2d", [toImages(y!), weight!.tensor], params), size));
  }
  const { groups } = params;
  if (!y!.batched) {
    // The channels of x within a group are an axis of the weight.
    const x = apply("convTranspose2d", [y!.tensor, toChannels(weight!.tensor, 1, 1)], params);
    return batched(fromChannels(x, size, groups, 3));
  }
  const x = apply("convTranspose2d", [toChannels(y!.tensor, 1, 0), toChannels(weight!.tensor, 1, 0)], {
    ...params,
    groups: size * groups,
  });
  return batched(fromChannels(x, size, 1, 3));
};

export const conv2dWeightGradient: BatchRule<"conv2dWeightGradient"> = ({
  operands: [x, y],
  params,
  size,
}) => {
  const { groups } = params;
  if (!y!.batched) {
    const weight = apply("conv2dWeightGradient", [toChannels(x!.tensor, groups, 0), y!.tensor], params);
    return batched(fromChannels(weight, size, 1, 2));
  }
  if (!x!.batched) {
    const weight = apply("conv2dWeightGradient", [x!.tensor, toChannels(y!.tensor, groups, 0)], params);
    return batched(fromChannels(weight, size, groups, 3));
  }
  const weight = apply("conv2dWeightGradient", [toChannels(x!.tensor, 1, 0), toChannels(y!.tensor, 1, 0)], {
    ...params,
    groups: size * groups,
  });
  return batched(fromChannels(weight, size, 1, 3));
};
