// Below 0.4 the Maclaurin series of erf to x^9; above, erfc(x) = t P(t) exp(-x^2) with t = 1 / (1 + 0.4 x).
fn erfSeries(x: f32) -> f32 {
  let z = x * x;
  return x * 1.1283792 * (1.0 - z * (0.33333334 - z * (0.1 - z * (0.023809524 - z * 0.0046296297))));
}

fn erfcTail(a: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.4 * a);
  let high = 0.155385032 + t * (-0.0371407159 + t * (0.20878458 + t * (-0.209131405 + t * 0.0573517904)));
  let p = 0.225673944 + t * (0.225671053 + t * (0.208185539 + t * (0.165228054 + t * high)));
  return t * p * exp(-min(a * a, 100.0));
}

fn erf(x: f32) -> f32 {
  let a = abs(x);
  return select(sign(x) * (1.0 - erfcTail(a)), erfSeries(x), a < 0.4);
}

fn erfc(x: f32) -> f32 {
  let tail = erfcTail(abs(x));
  return select(select(tail, 2.0 - tail, x < 0.0), 1.0 - erfSeries(x), abs(x) < 0.4);
}
