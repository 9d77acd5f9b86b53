// expm1(x) = x + x^2 P(x) for |x| < 1/2, where exp(x) - 1 cancels.
fn expMinusOne(x: f32) -> f32 {
  let p = 0.5 + x * (0.166666672 + x * (0.0416657925 + x * (0.00833323598 + x * (0.00139821856 + x * 0.000199448739))));
  return select(exp(x) - 1.0, x + x * x * p, abs(x) < 0.5);
}
