// 1 / (1 + exp(-x)). exp(88) is the last that f32 holds; the result is 0 to f32 beyond, and 0 it has to be, as x may be large that it is multiplied by. Of NaN it is a NaN.
fn logistic(x: f32) -> f32 {
  let y = 1.0 / (1.0 + exp(-max(x, -88.0)));
  return select(select(y, 0.0, x < -88.0), x, (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u);
}
