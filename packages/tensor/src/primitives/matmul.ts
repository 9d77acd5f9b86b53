import { sameShape, sizeOf } from "../shape.js";
import { describe, expectDType, expectSameDType, operands } from "./expect.js";
import type { Primitive } from "./primitive.js";

export const matmul: Primitive<"matmul"> = {
  kind: "contraction",
  infer: (inputs) => {
    const [a, b] = operands("matmul", inputs, ["a", "b"]);
    expectSameDType("matmul", inputs);
    expectDType("matmul", "a", a, "float");
    const rank = a.shape.length;
    if (rank < 2 || b.shape.length !== rank || !sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2))) {
      throw new Error(
        `matmul: expected a [...batch,M,K] and b [...batch,K,N] of one batch shape, got ${describe(a)} and ${describe(b)}`,
      );
    }
    if (a.shape[rank - 1] !== b.shape[rank - 2]) {
      throw new Error(
        `matmul: a has ${a.shape[rank - 1]} columns, b has ${b.shape[rank - 2]} rows (${describe(a)} and ${describe(b)})`,
      );
    }
    return { shape: [...a.shape.slice(0, -1), b.shape[rank - 1]!], dtype: a.dtype };
  },
  reference: (inputs, _params, out) => {
    const [a, b] = operands("matmul", inputs, ["a", "b"]);
    const batches = sizeOf(out.shape.slice(0, -2));
    const m = a.shape.at(-2)!;
    const k = a.shape.at(-1)!;
    const n = b.shape.at(-1)!;
    const result = new Float64Array(sizeOf(out.shape));
    for (let batch = 0; batch < batches; batch++) {
      for (let i = 0; i < m; i++) {
        const row = (batch * m + i) * n;
        for (let l = 0; l < k; l++) {
          const value = a.data[(batch * m + i) * k + l]!;
          const from = (batch * k + l) * n;
          for (let j = 0; j < n; j++) result[row + j] = result[row + j]! + value * b.data[from + j]!;
        }
      }
    }
    return result;
  },
};
