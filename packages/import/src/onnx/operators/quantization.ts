import type { Tensor } from "@clidim/tensor";
import * as t from "@clidim/tensor";
import type { Operator } from "../call.js";

/** (x - zero point) scale, with one scale for all of x, one for each position along an axis, or one for each block of positions along it. */
const dequantizeLinear: Operator = (call) => {
  const x = call.plain(0);
  const rank = x.shape.length;
  const block = call.int("block_size", 0);
  const beside = (operand: Tensor): Tensor => {
    if (operand.shape.length === 0 || t.sizeOf(operand.shape) === 1) return t.reshape(operand, []);
    const axis = call.axisOf(call.int("axis", 1), rank);
    if (block === 0) {
      return t.reshape(
        operand,
        x.shape.map((extent, i) => (i === axis ? extent : 1)),
      );
    }
    const [before, blocks, after] = [
      operand.shape.slice(0, axis),
      operand.shape[axis]!,
      operand.shape.slice(axis + 1),
    ];
    const each = t.reshape(operand, [...before, blocks, 1, ...after]);
    const all = t.reshape(t.broadcastTo(each, [...before, blocks, block, ...after]), [
      ...before,
      blocks * block,
      ...after,
    ]);
    return t.slice(
      all,
      x.shape.map(() => 0),
      x.shape,
    );
  };
  const zero = call.optionalPlain(2);
  const centred = zero ? t.sub(t.cast(x, "f32"), beside(t.cast(zero, "f32"))) : t.cast(x, "f32");
  return t.mul(centred, beside(call.plain(1)));
};

export const quantization: Readonly<Record<string, Operator>> = {
  DequantizeLinear: dequantizeLinear,
};
