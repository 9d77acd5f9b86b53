import type { Tensor } from "../../tensor.js";
import { mul } from "../arithmetic.js";
import { withVjp } from "../withVjp.js";

/** f(x), elementwise, whose derivative is not that of its formula but `derivative`, of x and f(x). */
export function withDerivative(
  op: string,
  x: Tensor,
  value: Tensor,
  derivative: (x: Tensor, value: Tensor) => Tensor,
): Tensor {
  const [result] = withVjp(op, [x], [value], ([g], [own], [known]) => [mul(g!, derivative(own!, known!))]);
  return result!;
}
