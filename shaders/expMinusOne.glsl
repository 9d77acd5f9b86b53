// expm1(x) = x + x^2 P(x) for |x| < 1/2, where exp(x) - 1 cancels.
float expMinusOne(float x) {
  float p = 0.5 + x * (0.166666672 + x * (0.0416657925 + x * (0.00833323598 + x * (0.00139821856 + x * 0.000199448739))));
  float y = abs(x) < 0.5 ? x + x * x * p : exp(x) - 1.0;
  return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u ? x : y;
}
