import { apply } from "@clidim/tensor";
import type { BatchRule } from "./rule.js";

/** The operands after the first only order the schedule: they make nothing of what all examples share. */
export const barrier: BatchRule<"barrier"> = ({ operands, params }) => ({
  tensor: apply(
    "barrier",
    operands.map(({ tensor }) => tensor),
    params,
  ),
  batched: operands[0]!.batched,
});
