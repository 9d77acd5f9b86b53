import { type DType, isFloat } from "../dtype.js";
import { expectDTypeName, operands } from "./expect.js";
import type { Primitive } from "./primitive.js";
import { wrap } from "./wrap.js";

const clampTo = (value: number, low: number, high: number): number =>
  Number.isNaN(value) ? 0 : Math.min(Math.max(Math.trunc(value), low), high);

/** One value; halves are not rounded. */
export function castValue(value: number, from: DType, to: DType): number {
  switch (to) {
    case "f32":
    case "f16":
      return value;
    case "bool":
      return value === 0 ? 0 : 1;
    case "i32":
      return isFloat(from) ? clampTo(value, -(2 ** 31), 2 ** 31 - 1) : wrap(value, "i32");
    case "u32":
      return isFloat(from) ? clampTo(value, 0, 2 ** 32 - 1) : wrap(value, "u32");
    default:
      return to satisfies never;
  }
}

/** Floats truncate and saturate on the way to integers; i32 and u32 keep their bits; non-zero is true. */
export const cast: Primitive<"cast"> = {
  kind: "elementwise",
  cost: "simple",
  vectors: false,
  infer: (inputs, { dtype }) => {
    const [x] = operands("cast", inputs, ["x"]);
    expectDTypeName("cast", dtype);
    return { shape: x.shape, dtype };
  },
  reference: (inputs, { dtype }) => {
    const { data, dtype: from } = inputs[0]!;
    return isFloat(dtype) ? data : data.map((value) => castValue(value, from, dtype));
  },
};
