// 1 / (1 + exp(-x)). exp(88) is the last that f32 holds; the result is 0 to f32 beyond. Of minus infinity it is 0 itself, of NaN a NaN.
fn logistic(x: f32) -> f32 {
  let y = 1.0 / (1.0 + exp(-max(x, -88.0)));
  let bits = bitcast<u32>(x);
  return select(select(y, 0.0, bits == 0xff800000u), x, (bits & 0x7fffffffu) > 0x7f800000u);
}
