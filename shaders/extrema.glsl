// max and min of GLSL may drop a NaN. Here the result is one where a or b is: its bits are the larger magnitude of the two.
float maximum(float a, float b) {
  uint magnitude = max(floatBitsToUint(a) & 0x7fffffffu, floatBitsToUint(b) & 0x7fffffffu);
  return magnitude > 0x7f800000u ? uintBitsToFloat(magnitude) : max(a, b);
}

float minimum(float a, float b) {
  uint magnitude = max(floatBitsToUint(a) & 0x7fffffffu, floatBitsToUint(b) & 0x7fffffffu);
  return magnitude > 0x7f800000u ? uintBitsToFloat(magnitude) : min(a, b);
}
