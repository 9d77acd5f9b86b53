import { apply, broadcastTo, cast, div, eq, mul } from "@clidim/tensor";
import { unary, type VjpRule } from "./rule.js";

export const sum: VjpRule<"sum"> = unary((g, x) => broadcastTo(g, x.shape));

/** Elements that tie for the maximum share the gradient equally, as in JAX and PyTorch's amax. */
export const max: VjpRule<"max"> = unary((g, x, y, { axes }) => {
  const attains = cast(eq(x, broadcastTo(y, x.shape)), x.dtype);
  const share = div(g, apply("sum", [attains], { axes }));
  return mul(attains, broadcastTo(share, x.shape));
});
