// tanh(x) = x + x^3 P(x^2) for |x| < 5/8, where 1 - 2 / (exp(2|x|) + 1) cancels. Beyond 15 the result is 1 to f32.
fn hyperbolicTangent(x: f32) -> f32 {
  let a = min(abs(x), 15.0);
  let z = a * a;
  let p = -0.333333284 + z * (0.133327693 + z * (-0.0538509078 + z * (0.0209971797 - z * 0.00609671418)));
  let y = sign(x) * select(1.0 - 2.0 / (exp(2.0 * a) + 1.0), a + a * z * p, a < 0.625);
  return select(y, x, (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u);
}
