import { sizeOf } from "../shape.js";
import { describe, expectDTypeName, expectShape, show } from "./expect.js";
import type { Primitive } from "./primitive.js";
import { placesOf, totalSize } from "./result.js";

export const kernel: Primitive<"kernel"> = {
  kind: "program",
  infer: (_inputs, { name, outputs }) => {
    for (const { shape, dtype } of outputs) {
      expectShape(`customKernel ${name}`, shape);
      expectDTypeName(`customKernel ${name}`, dtype);
    }
    return { shape: [totalSize(outputs)], dtype: "f32" };
  },
  reference: (inputs, { name, outputs, reference }, out) => {
    // Untyped code may return anything.
    const results: readonly (ArrayLike<number> | undefined)[] = reference(inputs) ?? [];
    const data = new Float64Array(sizeOf(out.shape));
    placesOf(outputs).forEach(({ start }, k) => {
      const [values, expected] = [results[k], outputs[k]!];
      if (values?.length !== sizeOf(expected.shape)) {
        const came = typeof values?.length === "number" ? values.length : show(values);
        throw new Error(
          `customKernel ${name}: reference must return ${sizeOf(expected.shape)} numbers for output ${k}, ${describe(expected)}, got ${came}`,
        );
      }
      data.set(values, start);
    });
    return data;
  },
};
