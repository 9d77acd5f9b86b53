import { cast as castTo } from "@clidim/tensor";
import { unary, type VjpRule } from "./rule.js";

/** Between float dtypes; the engine never asks for the gradient of an integer or a bool. */
export const cast: VjpRule<"cast"> = unary((g, x) => castTo(g, x.dtype));
