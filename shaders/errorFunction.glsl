// Below 0.4 the Maclaurin series of erf to x^9; above, erfc(x) = t P(t) exp(-x^2) with t = 1 / (1 + 0.4 x).
float errorSeries(float x) {
  float z = x * x;
  return x * 1.1283792 * (1.0 - z * (0.33333334 - z * (0.1 - z * (0.023809524 - z * 0.0046296297))));
}

float errorTail(float a) {
  float t = 1.0 / (1.0 + 0.4 * a);
  float high = 0.155385032 + t * (-0.0371407159 + t * (0.20878458 + t * (-0.209131405 + t * 0.0573517904)));
  float p = 0.225673944 + t * (0.225671053 + t * (0.208185539 + t * (0.165228054 + t * high)));
  return t * p * exp(-min(a * a, 100.0));
}

float errorFunction(float x) {
  float a = abs(x);
  return a < 0.4 ? errorSeries(x) : sign(x) * (1.0 - errorTail(a));
}

float complementaryErrorFunction(float x) {
  float tail = errorTail(abs(x));
  return abs(x) < 0.4 ? 1.0 - errorSeries(x) : x < 0.0 ? 2.0 - tail : tail;
}
