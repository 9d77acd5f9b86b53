import { formatShape, sizeOf } from "../shape.js";
import { describe, operands } from "./expect.js";
import { fourierTransform } from "./fourierTransform.js";
import type { Primitive } from "./primitive.js";

export const fft: Primitive<"fft"> = {
  kind: "row",
  infer: (inputs, { axis }) => {
    const [x] = operands("fft", inputs, ["x"]);
    const rank = x.shape.length;
    if (x.dtype !== "f32" || x.shape[rank - 1] !== 2) {
      throw new Error(
        `fft: x must be f32 [...,2], the real and imaginary parts along the last axis, got ${describe(x)}`,
      );
    }
    if (!Number.isInteger(axis) || axis < 0 || axis >= rank - 1) {
      throw new Error(
        `fft: axis ${axis} is none of x ${formatShape(x.shape)} before the last, which are the parts`,
      );
    }
    if (x.shape[axis] === 0) {
      throw new Error(`fft: axis ${axis} of x ${formatShape(x.shape)} has no elements to transform`);
    }
    return { shape: x.shape, dtype: x.dtype };
  },
  reference: (inputs, { axis, inverse }) => {
    const { data, shape } = inputs[0]!;
    const n = shape[axis]!;
    const inner = sizeOf(shape.slice(axis + 1, -1));
    const result = new Float64Array(data.length);
    const row = new Float64Array(2 * n);
    for (let first = 0; first < data.length / 2; first += n * inner) {
      for (let i = 0; i < inner; i++) {
        for (let j = 0; j < 2 * n; j++) row[j] = data[2 * (first + i + (j >> 1) * inner) + (j & 1)]!;
        fourierTransform(row, inverse).forEach((value, k) => {
          result[2 * (first + i + (k >> 1) * inner) + (k & 1)] = value;
        });
      }
    }
    return result;
  },
};
