import { add, exp, gt, mul, neg, sub, type Tensor, where } from "@clidim/tensor";

/**
 * 1 - base^step for 0 <= base < 1, to f32 accuracy also where base^step is close to 1. With x = step ln(base): the Taylor series
 * of -(exp(x) - 1) for |x| < 1/4, 1 - exp(x) beyond; device pow and log would lose three digits.
 */
export function oneMinusPower(base: number, step: Tensor): Tensor {
  // base 0: any very negative x will do.
  const x = mul(step, base > 0 ? Math.log(base) : -100);
  // x (1 + x/2 (1 + x/3 (1 + ...)))
  let series = add(mul(x, 1 / 9), 1);
  for (let n = 8; n >= 2; n--) series = add(mul(mul(x, 1 / n), series), 1);
  return where(gt(x, -0.25), neg(mul(x, series)), sub(1, exp(x)));
}
