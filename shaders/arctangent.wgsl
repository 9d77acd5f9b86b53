// atan(x) = x + x^3 P(x^2) for 0 <= x <= 1; half-angle formulas bring the others there.
fn arctangentOfShare(x: f32) -> f32 {
  let z = x * x;
  let low = 0.110337645 + z * (-0.0865688026 + z * (0.0625016913 + z * (-0.0358715393 + z * (0.0135077713 - z * 0.00238699722))));
  return x + x * z * (-0.333333313 + z * (0.199997395 + z * (-0.142785683 + z * low)));
}

fn arctangent(x: f32) -> f32 {
  let a = abs(x);
  let t = arctangentOfShare(select(a, 1.0 / max(a, 1.0), a > 1.0));
  return sign(x) * select(t, 1.5707963268 - t, a > 1.0);
}

fn arcsine(x: f32) -> f32 {
  let a = abs(x);
  return sign(x) * 2.0 * arctangentOfShare(a / (1.0 + sqrt((1.0 - a) * (1.0 + a))));
}

fn arccosine(x: f32) -> f32 {
  let a = abs(x);
  let t = 2.0 * arctangentOfShare(sqrt((1.0 - a) / (1.0 + a)));
  return select(t, 3.1415926536 - t, x < 0.0);
}
