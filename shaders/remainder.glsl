// a - b trunc(a / b), exactly: the long division of the binary digits of |a| by those of |b|, eight at a time. It has the sign of a.
float remainder(float a, float b) {
  uint magnitudeA = floatBitsToUint(a) & 0x7fffffffu;
  uint magnitudeB = floatBitsToUint(b) & 0x7fffffffu;
  if (magnitudeA >= 0x7f800000u || magnitudeB == 0u || magnitudeB > 0x7f800000u) {
    return uintBitsToFloat(0x7fc00000u | magnitudeA | magnitudeB);
  }
  if (magnitudeA < magnitudeB) { return a; }
  // A subnormal number is 0.fraction times the power that 1.fraction has for the smallest exponent.
  uint exponent = max(magnitudeA >> 23u, 1u);
  uint last = max(magnitudeB >> 23u, 1u);
  uint divisor = (magnitudeB & 0x7fffffu) | (magnitudeB >= 0x800000u ? 0x800000u : 0u);
  uint rest = ((magnitudeA & 0x7fffffu) | (magnitudeA >= 0x800000u ? 0x800000u : 0u)) % divisor;
  while (exponent > last && rest != 0u) {
    uint shift = min(exponent - last, 8u);
    rest = (rest << shift) % divisor;
    exponent -= shift;
  }
  if (rest == 0u) { return uintBitsToFloat(floatBitsToUint(a) & 0x80000000u); }
  // A whole number below 2^24 is a float, whose exponent says where its first digit is.
  uint first = (floatBitsToUint(float(rest)) >> 23u) - 127u;
  uint missing = min(23u - first, last - 1u);
  rest <<= missing;
  uint bits = rest >= 0x800000u ? (rest & 0x7fffffu) | ((last - missing) << 23u) : rest;
  return uintBitsToFloat(bits | (floatBitsToUint(a) & 0x80000000u));
}
