import { formatShape, stridesOf } from "../shape.js";
import { expectShape, operands } from "./expect.js";
import type { Primitive } from "./primitive.js";
import { readStrided } from "./strided.js";

export const broadcast: Primitive<"broadcast"> = {
  kind: "view",
  infer: (inputs, { shape }) => {
    const [x] = operands("broadcast", inputs, ["x"]);
    expectShape("broadcast", shape);
    if (
      shape.length !== x.shape.length ||
      shape.some((extent, axis) => x.shape[axis] !== extent && x.shape[axis] !== 1)
    ) {
      throw new Error(
        `broadcast: x ${formatShape(x.shape)} does not stretch to ${formatShape(shape)}; ranks must agree, and only an extent of 1 stretches`,
      );
    }
    return { shape, dtype: x.dtype };
  },
  reference: (inputs, { shape }) => {
    const x = inputs[0]!;
    const strides = stridesOf(x.shape).map((stride, axis) => (x.shape[axis] === 1 ? 0 : stride));
    return readStrided(x.data, shape, strides, 0);
  },
};
