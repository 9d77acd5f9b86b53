import { apply } from "@clidim/tensor";
import { binary, type VjpRule } from "./rule.js";

/** gather and scatterAdd are each other's adjoint; an index out of range is clamped alike in both. */
export const gather: VjpRule<"gather"> = binary((g, x, indices, _y, { axis }) =>
  apply("scatterAdd", [g, indices], { axis, size: x.shape[axis]! }),
);

export const scatterAdd: VjpRule<"scatterAdd"> = binary((g, _updates, indices, _y, { axis }) =>
  apply("gather", [g, indices], { axis }),
);
