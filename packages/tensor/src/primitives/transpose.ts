import { formatShape, stridesOf } from "../shape.js";
import { operands } from "./expect.js";
import type { Primitive } from "./primitive.js";
import { readStrided } from "./strided.js";

export const transpose: Primitive<"transpose"> = {
  kind: "view",
  infer: (inputs, { permutation }) => {
    const [x] = operands("transpose", inputs, ["x"]);
    if (permutation.length !== x.shape.length || x.shape.some((_, axis) => !permutation.includes(axis))) {
      throw new Error(
        `transpose: permutation must name each axis of x ${formatShape(x.shape)} once, got [${permutation.join(",")}]`,
      );
    }
    return { shape: permutation.map((axis) => x.shape[axis]!), dtype: x.dtype };
  },
  reference: (inputs, { permutation }, out) => {
    const x = inputs[0]!;
    const strides = stridesOf(x.shape);
    return readStrided(
      x.data,
      out.shape,
      permutation.map((axis) => strides[axis]!),
      0,
    );
  },
};
