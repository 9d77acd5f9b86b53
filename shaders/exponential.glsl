// exp of a NaN, and log of one, of zeros, of negative and of subnormal numbers, which GLSL leaves open. By the bits, because drivers may assume that there is no NaN.
float exponential(float x) {
  return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u ? x : exp(x);
}

// A logarithm of x, or what it is where GLSL has none.
float logarithmOf(float x, float logarithm) {
  uint bits = floatBitsToUint(x);
  uint magnitude = bits & 0x7fffffffu;
  uint special = magnitude > 0x7f800000u ? bits : magnitude == 0u ? 0xff800000u : bits == 0x7f800000u ? bits : 0x7fc00000u;
  return magnitude == 0u || bits >= 0x7f800000u ? uintBitsToFloat(special) : logarithm;
}

// A subnormal number is a whole number of 2^-149.
bool isSubnormal(float x) { return floatBitsToUint(x) < 0x800000u; }

float logarithm(float x) {
  return logarithmOf(x, isSubnormal(x) ? log(float(floatBitsToUint(x))) - 103.278929903 : log(x));
}

float binaryLogarithm(float x) {
  return logarithmOf(x, isSubnormal(x) ? log2(float(floatBitsToUint(x))) - 149.0 : log2(x));
}
