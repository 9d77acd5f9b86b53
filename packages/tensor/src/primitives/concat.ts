import { sizeOf, stridesOf } from "../shape.js";
import { describe, expectSameDType } from "./expect.js";
import type { Primitive } from "./primitive.js";
import { forEachStrided } from "./strided.js";

export const concat: Primitive<"concat"> = {
  kind: "view",
  infer: (inputs, { axis }) => {
    const first = inputs[0];
    if (!first) throw new Error("concat: expected at least one tensor, got none");
    if (!Number.isInteger(axis) || axis < 0 || axis >= first.shape.length) {
      throw new Error(`concat: axis ${axis} is out of range for ${describe(first)}`);
    }
    expectSameDType("concat", inputs);
    let extent = 0;
    for (const x of inputs) {
      const agrees =
        x.shape.length === first.shape.length && x.shape.every((e, i) => i === axis || e === first.shape[i]);
      if (!agrees) {
        throw new Error(
          `concat: shapes must agree except on axis ${axis}, got ${inputs.map(describe).join(" and ")}`,
        );
      }
      extent += x.shape[axis]!;
    }
    return { shape: first.shape.with(axis, extent), dtype: first.dtype };
  },
  reference: (inputs, { axis }, out) => {
    const result = new Float64Array(sizeOf(out.shape));
    const strides = stridesOf(out.shape);
    let offset = 0;
    for (const x of inputs) {
      forEachStrided(x.shape, strides, offset, (position, target) => {
        result[target] = x.data[position]!;
      });
      offset += x.shape[axis]! * strides[axis]!;
    }
    return result;
  },
};
