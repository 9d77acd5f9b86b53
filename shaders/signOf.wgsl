// The sign of NaN is 0.
fn signOf(x: f32) -> f32 {
  return select(sign(x), 0.0, (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u);
}
