import { expectDType, expectSameDType, expectSameShape, operands } from "./expect.js";
import type { Primitive } from "./primitive.js";

export const select: Primitive<"select"> = {
  kind: "elementwise",
  cost: "simple",
  vectors: true,
  infer: (inputs) => {
    const [condition, a, b] = operands("select", inputs, ["condition", "a", "b"]);
    expectDType("select", "condition", condition, "bool");
    expectSameDType("select", [a, b]);
    expectSameShape("select", inputs);
    return { shape: a.shape, dtype: a.dtype };
  },
  reference: (inputs) => {
    const [condition, a, b] = operands("select", inputs, ["condition", "a", "b"]);
    return condition.data.map((value, i) => (value ? a.data[i]! : b.data[i]!));
  },
};
