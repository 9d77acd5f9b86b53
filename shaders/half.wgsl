// The nearest half. quantizeToF16 may turn what is below 2^-14 into 0, where halves are multiples of 2^-24; a driver may leave f32(f16(x)) out.
fn half(x: f32) -> f32 {
  return select(quantizeToF16(x), round(x * 16777216.0) * 5.9604644775390625e-8, abs(x) < 6.103515625e-5);
}
