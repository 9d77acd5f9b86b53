import { type Aval, sameAval, sizeOf } from "../shape.js";
import { describe } from "./expect.js";
import type { PrimitiveParams } from "./params.js";
import type { Primitive } from "./primitive.js";
import { placesOf, totalSize } from "./result.js";

/** Shape and dtype of each result: the last carries. */
export const whileResults = ({ body }: PrimitiveParams["whileLoop"]): Aval[] =>
  body.outputs.map((output) => ({ shape: body.nodes[output]!.shape, dtype: body.nodes[output]!.dtype }));

export const whileLoop: Primitive<"whileLoop"> = {
  kind: "program",
  infer: (inputs, params) => {
    const { condition, body, constants } = params;
    for (const graph of [condition, body]) {
      const expected = graph.inputs.map((id): Aval => graph.nodes[id]!);
      const fits = inputs.length === expected.length && inputs.every((x, k) => sameAval(x, expected[k]!));
      if (fits) continue;
      throw new Error(
        `whileLoop: a turn takes ${expected.map(describe).join(", ")}, got ${inputs.map(describe).join(", ")}; see PrimitiveParams`,
      );
    }
    const verdict = condition.nodes[condition.outputs[0]!]!;
    if (verdict.dtype !== "bool" || verdict.shape.length > 0) {
      throw new Error(
        `whileLoop: the condition must be a bool without axes, got ${describe(verdict)}; reduce it to one, with any or all`,
      );
    }
    const results = whileResults(params);
    inputs.slice(constants).forEach((carry, k) => {
      const next = results[k];
      if (next && sameAval(carry, next)) return;
      throw new Error(
        `whileLoop: carry ${k} is ${describe(carry)} and becomes ${next ? describe(next) : "nothing"}; it has to stay what it is`,
      );
    });
    return { shape: [totalSize(results)], dtype: "f32" };
  },
  reference: (inputs, params, out, interpret) => {
    const { condition, body, constants, maxSteps } = params;
    const fixed = inputs.slice(0, constants).map(({ data }) => data);
    let carry = inputs.slice(constants).map(({ data }) => data);
    for (let turn = 0; turn < maxSteps; turn++) {
      if (interpret(condition, [...fixed, ...carry])[0]![0] === 0) break;
      carry = interpret(body, [...fixed, ...carry]);
    }
    const result = new Float64Array(sizeOf(out.shape));
    placesOf(whileResults(params)).forEach(({ start }, k) => {
      result.set(carry[k]!, start);
    });
    return result;
  },
};
