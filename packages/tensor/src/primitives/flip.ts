import { stridesOf } from "../shape.js";
import { expectAxes, operands } from "./expect.js";
import type { Primitive } from "./primitive.js";
import { readStrided } from "./strided.js";

export const flip: Primitive<"flip"> = {
  kind: "view",
  infer: (inputs, { axes }) => {
    const [x] = operands("flip", inputs, ["x"]);
    expectAxes("flip", axes, x);
    return { shape: x.shape, dtype: x.dtype };
  },
  reference: (inputs, { axes }) => {
    const x = inputs[0]!;
    const strides = stridesOf(x.shape);
    const offset = axes.reduce((total, axis) => total + (x.shape[axis]! - 1) * strides[axis]!, 0);
    return readStrided(
      x.data,
      x.shape,
      strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
      offset,
    );
  },
};
