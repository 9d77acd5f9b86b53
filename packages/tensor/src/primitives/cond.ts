import { type Aval, sameAval, sizeOf } from "../shape.js";
import { describe } from "./expect.js";
import type { Graph } from "./graph.js";
import type { PrimitiveParams } from "./params.js";
import type { Primitive } from "./primitive.js";
import { placesOf, totalSize } from "./result.js";

const avals = ({ nodes }: Graph, ids: readonly number[]): Aval[] =>
  ids.map((id) => ({ shape: nodes[id]!.shape, dtype: nodes[id]!.dtype }));

/** Shape and dtype of each result, which all branches share. */
export const condResults = ({ branches }: PrimitiveParams["cond"]): Aval[] =>
  avals(branches[0]!, branches[0]!.outputs);

const sameAvals = (a: readonly Aval[], b: readonly Aval[]): boolean =>
  a.length === b.length && a.every((one, k) => sameAval(one, b[k]!));

export const cond: Primitive<"cond"> = {
  kind: "program",
  infer: ([index, ...operands], params) => {
    const { branches } = params;
    if (!index || index.shape.length > 0 || (index.dtype !== "bool" && index.dtype !== "i32")) {
      throw new Error(
        `cond: index must be a bool or i32 without axes, got ${index ? describe(index) : "nothing"}; reduce it to one, with any or all`,
      );
    }
    const [first] = branches;
    if (!first) throw new Error("cond: expected at least one branch, got none");
    for (const branch of branches) {
      const expected = avals(branch, branch.inputs);
      if (!sameAvals(operands, expected)) {
        throw new Error(
          `cond: a branch takes ${expected.map(describe).join(", ")}, got ${operands.map(describe).join(", ")}; see PrimitiveParams`,
        );
      }
      const [one, other] = [condResults(params), avals(branch, branch.outputs)];
      if (sameAvals(one, other)) continue;
      throw new Error(
        `cond: branches return ${one.map(describe).join(", ")} and ${other.map(describe).join(", ")}; they have to be alike`,
      );
    }
    return { shape: [totalSize(condResults(params))], dtype: "f32" };
  },
  reference: ([index, ...operands], params, out, interpret) => {
    const { branches } = params;
    const chosen = Math.min(Math.max(index!.data[0]!, 0), branches.length - 1);
    const outputs = interpret(
      branches[chosen]!,
      operands.map(({ data }) => data),
    );
    const result = new Float64Array(sizeOf(out.shape));
    placesOf(condResults(params)).forEach(({ start }, k) => {
      result.set(outputs[k]!, start);
    });
    return result;
  },
};
