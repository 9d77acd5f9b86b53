// sin and cos, of which GLSL promises three digits alone: x less the nearest multiple of pi / 2, and a polynomial of what is left.

// 2 / pi as binary digits after the point.
const uint[9] twoOverPi = uint[9](
  0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu, 0xdebbc561u, 0xb7246e3au
);

// 32 digits of 2 / pi from one on; those before the point are 0.
uint digitsFrom(int first) {
  int word = (first + 32) >> 5;
  int shift = (first + 32) & 31;
  uint high = word == 0 ? 0u : twoOverPi[word - 1];
  return shift == 0 ? high : (high << shift) | (twoOverPi[word] >> (32 - shift));
}

// The upper half of a product.
uint multiplyHigh(uint a, uint b) {
  uint low = (a & 0xffffu) * (b & 0xffffu);
  uint middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  uint other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}

// What is left of |x|, and the quarter of the turn that it is of.
float reduceAngle(float x, out int quarter) {
  float a = abs(x);
  if (a < 0.7853982) {
    quarter = 0;
    return a;
  }
  // By Payne and Hanek, in whole numbers, which no compiler puts in another order: turns are the whole number m times 2 / pi, of which digits for whole turns are left out.
  uint bits = floatBitsToUint(a);
  uint m = (bits & 0x7fffffu) | 0x800000u;
  int first = int(bits >> 23u) - 152;
  uint middle = digitsFrom(first + 32);
  uint lower = m * middle;
  uint next = lower + multiplyHigh(m, digitsFrom(first + 64));
  uint turn = m * digitsFrom(first) + multiplyHigh(m, middle) + (next < lower ? 1u : 0u);
  uint nearest = (turn + 0x20000000u) >> 30u;
  quarter = int(nearest);
  int left = int(turn - (nearest << 30u));
  return (float(left) + float(next) * 2.3283064365386963e-10) * 1.4629180792671596e-9;
}

float sineOfShare(float x) {
  float z = x * x;
  return x + x * z * (-0.16666654611 + z * (0.0083321608736 - z * 0.00019515295891));
}

float cosineOfShare(float x) {
  float z = x * x;
  return 1.0 - 0.5 * z + z * z * (0.04166664568298827 + z * (-0.001388731625493765 + z * 0.00002443315711809948));
}

float sine(float x) {
  int quarter;
  float left = reduceAngle(x, quarter);
  float y = (quarter & 1) == 1 ? cosineOfShare(left) : sineOfShare(left);
  uint flips = ((quarter & 2) == 2 ? 0x80000000u : 0u) ^ (floatBitsToUint(x) & 0x80000000u);
  uint magnitude = floatBitsToUint(x) & 0x7fffffffu;
  return uintBitsToFloat(magnitude >= 0x7f800000u ? 0x7fc00000u : floatBitsToUint(y) ^ flips);
}

float cosine(float x) {
  int quarter;
  float left = reduceAngle(x, quarter);
  float y = (quarter & 1) == 1 ? sineOfShare(left) : cosineOfShare(left);
  uint flips = quarter == 1 || quarter == 2 ? 0x80000000u : 0u;
  uint magnitude = floatBitsToUint(x) & 0x7fffffffu;
  return uintBitsToFloat(magnitude >= 0x7f800000u ? 0x7fc00000u : floatBitsToUint(y) ^ flips);
}
