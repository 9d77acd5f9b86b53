import { apply } from "@clidim/tensor";
import { unary, type VjpRule } from "./rule.js";

/** Zeros around the gradient and, for a step, between its elements. */
export const slice: VjpRule<"slice"> = unary((g, x, _y, { start, step }) => {
  const interior = step.map((every) => every - 1);
  const high = x.shape.map((extent, axis) => {
    const covered = g.shape[axis] === 0 ? 0 : (g.shape[axis]! - 1) * step[axis]! + 1;
    return extent - start[axis]! - covered;
  });
  return apply("pad", [g], { low: start, high, interior, mode: "zero" });
});
