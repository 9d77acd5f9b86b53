// As half, of four numbers.
fn half4(x: vec4f) -> vec4f {
  return select(quantizeToF16(x), round(x * 16777216.0) * 5.9604644775390625e-8, abs(x) < vec4f(6.103515625e-5));
}
