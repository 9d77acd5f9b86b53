// a^b with the special cases of IEEE 754, where pow of GLSL takes positive bases alone: a negative base has whole powers; a^0 and 1^b are 1, even with a
// NaN; 0 and infinity have limits. By the bits, because drivers may assume that there is no NaN and no infinity.
float power(float a, float b) {
  uint magnitudeA = floatBitsToUint(a) & 0x7fffffffu;
  uint magnitudeB = floatBitsToUint(b) & 0x7fffffffu;
  bool negativeA = floatBitsToUint(a) >> 31u == 1u;
  bool negativeB = floatBitsToUint(b) >> 31u == 1u;
  bool wholeB = magnitudeB >= 0x4b000000u || trunc(b) == b;
  bool oddB = magnitudeB < 0x4b800000u && wholeB && (int(b) & 1) == 1;
  uint magnitude = floatBitsToUint(pow(abs(a), b));
  if (magnitudeA == 0u || magnitudeA == 0x7f800000u || magnitudeB == 0x7f800000u) {
    // Towards infinity: a large base to a positive power, or a small one to a negative.
    magnitude = (magnitudeA > 0x3f800000u) != negativeB ? 0x7f800000u : 0u;
  }
  if (negativeA && !wholeB && magnitudeA != 0u && magnitudeA != 0x7f800000u) { magnitude = 0x7fc00000u; }
  if (magnitudeA > 0x7f800000u || magnitudeB > 0x7f800000u) { magnitude = max(magnitudeA, magnitudeB); }
  bool ones = magnitudeB == 0u || floatBitsToUint(a) == 0x3f800000u || (magnitudeA == 0x3f800000u && magnitudeB == 0x7f800000u);
  return uintBitsToFloat((ones ? 0x3f800000u : magnitude) | (negativeA && oddB ? 0x80000000u : 0u));
}
