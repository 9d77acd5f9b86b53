import { apply } from "@clidim/tensor";
import type { Pull, VjpRule } from "./rule.js";

/** Each input's part of the gradient. */
export const concat: VjpRule<"concat"> = (g, { inputs, params: { axis } }) => {
  let offset = 0;
  return inputs.map((x): Pull => {
    const first = offset;
    offset += x.shape[axis]!;
    return () =>
      apply("slice", [g], {
        start: g.shape.map((_, i) => (i === axis ? first : 0)),
        stop: g.shape.map((extent, i) => (i === axis ? first + x.shape[axis]! : extent)),
        step: g.shape.map(() => 1),
      });
  });
};
