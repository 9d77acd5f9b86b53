import { formatShape, sizeOf } from "../shape.js";
import { expectShape, operands } from "./expect.js";
import type { Primitive } from "./primitive.js";

export const reshape: Primitive<"reshape"> = {
  kind: "reshape",
  infer: (inputs, { shape }) => {
    const [x] = operands("reshape", inputs, ["x"]);
    expectShape("reshape", shape);
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new Error(
        `reshape: x ${formatShape(x.shape)} has ${sizeOf(x.shape)} elements, shape ${formatShape(shape)} has ${sizeOf(shape)}; they must be equal, and one extent may be -1 to be worked out`,
      );
    }
    return { shape, dtype: x.dtype };
  },
  reference: (inputs) => inputs[0]!.data.slice(),
};
