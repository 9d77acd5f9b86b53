import { apply } from "@clidim/tensor";
import { binary, type VjpRule } from "./rule.js";

/** The adjoint of a permutation is its inverse, and what sorts a permutation is its inverse. */
export const arrange: VjpRule<"arrange"> = binary((g, _x, order, _y, { axis }) =>
  apply("arrange", [g, apply("argsort", [order], { axis, descending: false })], { axis }),
);
