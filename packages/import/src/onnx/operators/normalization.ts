import type { Tensor } from "@clidim/tensor";
import * as t from "@clidim/tensor";
import type { Operator } from "../call.js";

/** (x - mean) / sqrt(variance + epsilon) over some axes. */
function standardized(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const centred = t.sub(x, t.mean(x, axes, { keepDims: true }));
  const variance = t.mean(t.square(centred), axes, { keepDims: true });
  return t.mul(centred, t.rsqrt(t.add(variance, epsilon)));
}

/** With the statistics of the training. */
const batchNormalization: Operator = (call) => {
  call.expectInt("training_mode", 0);
  call.expectInt("spatial", 1); // up to opset 8: 0 has statistics of each pixel
  const rank = call.value(0).order.length;
  const flat = rank === 2;
  const x = flat ? call.plain(0) : call.images(0);
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((index) => call.plain(index)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]; // as many as there are indices
  const factor = t.mul(scale, t.rsqrt(t.add(variance, call.float("epsilon", 1e-5))));
  const y = t.add(t.mul(x, factor), t.sub(bias, t.mul(mean, factor)));
  return flat ? y : call.ofImages(y);
};

const instanceNormalization: Operator = (call) => {
  const x = call.images(0);
  const axes = x.shape.slice(1, -1).map((_, i) => i + 1);
  const y = standardized(x, axes, call.float("epsilon", 1e-5));
  return call.ofImages(t.add(t.mul(y, call.plain(1)), call.plain(2)));
};

const layerNormalization: Operator = (call) => {
  if (call.node.outputs.slice(1).some((name) => name !== "")) {
    call.refuse("asks for its statistics, which belong to training; export the model for inference");
  }
  const x = call.plain(0);
  const first = call.axisOf(call.int("axis", -1), x.shape.length);
  const axes = x.shape.map((_, axis) => axis).slice(first);
  const y = t.mul(standardized(x, axes, call.float("epsilon", 1e-5)), call.plain(1));
  const bias = call.optionalPlain(2);
  return bias ? t.add(y, bias) : y;
};

/** Scale and bias are of the groups up to opset 20, of the channels since. */
const groupNormalization: Operator = (call) => {
  const x = call.images(0);
  const groups = call.optionalInt("num_groups") ?? call.refuse("has no num_groups");
  const channels = x.shape.at(-1)!;
  const split = t.reshape(x, [...x.shape.slice(0, -1), groups, channels / groups]);
  const axes = [...x.shape.slice(1, -1).map((_, i) => i + 1), x.shape.length];
  const y = standardized(split, axes, call.float("epsilon", 1e-5));
  const affine = (index: number): Tensor => {
    const each = call.plain(index);
    return t.reshape(each, each.shape[0] === channels ? [groups, channels / groups] : [groups, 1]);
  };
  return call.ofImages(t.reshape(t.add(t.mul(y, affine(1)), affine(2)), x.shape));
};

export const normalization: Readonly<Record<string, Operator>> = {
  BatchNormalization: batchNormalization,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
};
