// atan(x) = x + x^3 P(x^2) for 0 <= x <= 1; half-angle formulas bring the others there.
float arctangentOfShare(float x) {
  float z = x * x;
  float low = 0.110337645 + z * (-0.0865688026 + z * (0.0625016913 + z * (-0.0358715393 + z * (0.0135077713 - z * 0.00238699722))));
  return x + x * z * (-0.333333313 + z * (0.199997395 + z * (-0.142785683 + z * low)));
}

float arctangent(float x) {
  float a = abs(x);
  float t = arctangentOfShare(a > 1.0 ? 1.0 / max(a, 1.0) : a);
  return sign(x) * (a > 1.0 ? 1.5707963268 - t : t);
}

float arcsine(float x) {
  float a = abs(x);
  return sign(x) * 2.0 * arctangentOfShare(a / (1.0 + sqrt((1.0 - a) * (1.0 + a))));
}

float arccosine(float x) {
  float a = abs(x);
  float t = 2.0 * arctangentOfShare(sqrt((1.0 - a) / (1.0 + a)));
  return x < 0.0 ? 3.1415926536 - t : t;
}
