import { isFloat } from "../dtype.js";
import { wrap } from "./elementwise.js";
import { operands } from "./expect.js";
import type { Primitive } from "./primitive.js";

const clampTo = (value: number, low: number, high: number): number =>
  Number.isNaN(value) ? 0 : Math.min(Math.max(Math.trunc(value), low), high);

/** Floats truncate and saturate on the way to integers; i32 and u32 keep their bits; non-zero is true. */
export const cast: Primitive<"cast"> = {
  infer: (inputs, { dtype }) => ({ shape: operands("cast", inputs, ["x"])[0].shape, dtype }),
  reference: (inputs, { dtype }) => {
    const { data, dtype: from } = inputs[0]!;
    switch (dtype) {
      case "f32":
      case "f16":
        return data;
      case "bool":
        return data.map((value) => (value === 0 ? 0 : 1));
      case "i32":
        return data.map((value) =>
          isFloat(from) ? clampTo(value, -(2 ** 31), 2 ** 31 - 1) : wrap(value, "i32"),
        );
      case "u32":
        return data.map((value) => (isFloat(from) ? clampTo(value, 0, 2 ** 32 - 1) : wrap(value, "u32")));
      default:
        return dtype satisfies never;
    }
  },
};
