import { type Aval, sameAval, sizeOf } from "../shape.js";
import { describe } from "./expect.js";
import type { PrimitiveParams } from "./params.js";
import type { Primitive } from "./primitive.js";
import { placesOf, totalSize } from "./result.js";

type Scan = PrimitiveParams["scan"];

/** Shape and dtype of each result: the last carries, then what was stacked. */
export function scanResults({ body, carries, length }: Scan): Aval[] {
  return body.outputs.map((output, k) => {
    const { shape, dtype } = body.nodes[output]!;
    return { shape: k < carries ? shape : [length, ...shape], dtype };
  });
}

export const scan: Primitive<"scan"> = {
  kind: "program",
  infer: (inputs, params) => {
    const { body, constants, carries, length } = params;
    const expected = body.inputs.map((id, k): Aval => {
      const { shape, dtype } = body.nodes[id]!;
      return { shape: k < constants + carries ? shape : [length, ...shape], dtype };
    });
    const fits = inputs.length === expected.length && inputs.every((x, k) => sameAval(x, expected[k]!));
    if (!fits || length < 1) {
      throw new Error(
        `scan: the body takes ${expected.map(describe).join(", ")} for ${length} turns, got ${inputs.map(describe).join(", ")}; see PrimitiveParams`,
      );
    }
    body.outputs.slice(0, carries).forEach((output, k) => {
      if (sameAval(body.nodes[output]!, expected[constants + k]!)) return;
      throw new Error(
        `scan: carry ${k} is ${describe(expected[constants + k]!)} and becomes ${describe(body.nodes[output]!)}; it has to stay what it is`,
      );
    });
    return { shape: [totalSize(scanResults(params))], dtype: "f32" };
  },
  reference: (inputs, params, out, interpret) => {
    const { body, constants, carries, length, reverse } = params;
    const fixed = inputs.slice(0, constants).map(({ data }) => data);
    const stacked = inputs.slice(constants + carries);
    const result = new Float64Array(sizeOf(out.shape));
    const places = placesOf(scanResults(params));
    let carry = inputs.slice(constants, constants + carries).map(({ data }) => data);
    for (let turn = 0; turn < length; turn++) {
      const i = reverse ? length - 1 - turn : turn;
      const slices = stacked.map(({ data }) => {
        const size = data.length / length;
        return data.subarray(i * size, (i + 1) * size);
      });
      const outputs = interpret(body, [...fixed, ...carry, ...slices]);
      carry = outputs.slice(0, carries);
      outputs.slice(carries).forEach((data, k) => {
        result.set(data, places[carries + k]!.start + i * data.length);
      });
    }
    carry.forEach((data, k) => {
      result.set(data, places[k]!.start);
    });
    return result;
  },
};
