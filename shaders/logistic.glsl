// 1 / (1 + exp(-x)). exp(88) is the last that f32 holds; the result is 0 to f32 beyond. Of minus infinity it is 0 itself, of NaN a NaN.
float logistic(float x) {
  float y = 1.0 / (1.0 + exp(-max(x, -88.0)));
  uint bits = floatBitsToUint(x);
  return (bits & 0x7fffffffu) > 0x7f800000u ? x : bits == 0xff800000u ? 0.0 : y;
}
