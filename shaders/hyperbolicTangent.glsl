// tanh(x) = x + x^3 P(x^2) for |x| < 5/8, where 1 - 2 / (exp(2|x|) + 1) cancels. Beyond 15 the result is 1 to f32.
float hyperbolicTangent(float x) {
  float a = min(abs(x), 15.0);
  float z = a * a;
  float p = -0.333333284 + z * (0.133327693 + z * (-0.0538509078 + z * (0.0209971797 - z * 0.00609671418)));
  float y = sign(x) * (a < 0.625 ? a + a * z * p : 1.0 - 2.0 / (exp(2.0 * a) + 1.0));
  return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u ? x : y;
}
