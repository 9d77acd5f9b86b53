// 1 / (1 + exp(-x)). exp(88) is the last that f32 holds; the result is 0 to f32 beyond, and 0 it has to be, as x may be large that it is multiplied by. Of NaN it is a NaN.
float logistic(float x) {
  float y = 1.0 / (1.0 + exp(-max(x, -88.0)));
  return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u ? x : x < -88.0 ? 0.0 : y;
}
