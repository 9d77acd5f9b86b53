import { type Aval, formatShape, sizeOf } from "../shape.js";
import { expectDTypeName, expectShape, operands } from "./expect.js";
import type { PrimitiveParams } from "./params.js";
import type { Primitive } from "./primitive.js";

/** The parameters of every `result` of a program. */
export function placesOf(results: readonly Aval[]): PrimitiveParams["result"][] {
  let start = 0;
  return results.map(({ shape, dtype }, index) => {
    const place = { index, start, shape, dtype };
    start += sizeOf(shape);
    return place;
  });
}

/** The elements of all results of a program. */
export const totalSize = (results: readonly Aval[]): number =>
  results.reduce((total, { shape }) => total + sizeOf(shape), 0);

export const result: Primitive<"result"> = {
  kind: "result",
  infer: (inputs, { start, shape, dtype }) => {
    const [of] = operands("result", inputs, ["of"]);
    expectShape("result", shape);
    expectDTypeName("result", dtype);
    if (start + sizeOf(shape) > sizeOf(of.shape)) {
      throw new Error(
        `result: ${sizeOf(shape)} elements from ${start} on are not among those of ${formatShape(of.shape)}`,
      );
    }
    return { shape, dtype };
  },
  reference: (inputs, { start, shape }) => inputs[0]!.data.subarray(start, start + sizeOf(shape)),
};
