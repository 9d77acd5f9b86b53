import { apply, broadcastTo, cast, div, eq, mul } from "@clidim/tensor";
import { otherFactors } from "../rules/reduction.js";
import type { JvpRule } from "./rule.js";

/** The mean of the tangents of the elements that tie for the maximum, as they share its gradient. */
export const max: JvpRule<"max"> = ([tangent], { inputs: [x], output, params }) => {
  if (!tangent) return undefined;
  const attains = cast(eq(x!, broadcastTo(output, x!.shape)), x!.dtype);
  return div(apply("sum", [mul(attains, tangent)], params), apply("sum", [attains], params));
};

/** d prod(x) = sum over i of the product of all others dx[i]. */
export const prod: JvpRule<"prod"> = ([tangent], { inputs: [x], params }) =>
  tangent && apply("sum", [mul(otherFactors(x!, params.axes), tangent)], params);
