import { formatShape, stridesOf } from "../shape.js";
import { expectPerAxis, operands } from "./expect.js";
import type { Primitive } from "./primitive.js";
import { readStrided } from "./strided.js";

export const slice: Primitive<"slice"> = {
  kind: "view",
  infer: (inputs, { start, stop, step }) => {
    const [x] = operands("slice", inputs, ["x"]);
    expectPerAxis("slice", "start", start, x, 0);
    expectPerAxis("slice", "stop", stop, x, 0);
    expectPerAxis("slice", "step", step, x, 1);
    const shape = x.shape.map((extent, axis) => {
      if (stop[axis]! > extent || start[axis]! > stop[axis]!) {
        throw new Error(
          `slice: range ${start[axis]} to ${stop[axis]} on axis ${axis} is not one of x ${formatShape(x.shape)}`,
        );
      }
      return Math.ceil((stop[axis]! - start[axis]!) / step[axis]!);
    });
    return { shape, dtype: x.dtype };
  },
  reference: (inputs, { start, step }, out) => {
    const x = inputs[0]!;
    const strides = stridesOf(x.shape);
    const offset = strides.reduce((total, stride, axis) => total + stride * start[axis]!, 0);
    return readStrided(
      x.data,
      out.shape,
      strides.map((stride, axis) => stride * step[axis]!),
      offset,
    );
  },
};
