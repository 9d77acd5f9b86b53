import { where } from "@clidim/tensor";
import type { VjpRule } from "./rule.js";

export const select: VjpRule<"select"> = (g, { inputs: [condition] }) => [
  undefined,
  () => where(condition!, g, 0),
  () => where(condition!, 0, g),
];
