// The nearest half as an f32, ties to even; infinity from 65520 on. By the bits: thirteen go, and what is just below half of them, plus the last bit that stays, carries when
// rounding up. Below 2^-14 halves are multiples of 2^-24.
float roundHalf(float x) {
  uint bits = floatBitsToUint(x);
  uint magnitude = bits & 0x7fffffffu;
  uint rounded = (magnitude + 0xfffu + ((magnitude >> 13u) & 1u)) & 0xffffe000u;
  if (magnitude >= 0x477ff000u) { rounded = 0x7f800000u; }
  if (magnitude < 0x38800000u) { rounded = floatBitsToUint(roundEven(abs(x) * 16777216.0) * 5.9604644775390625e-8); }
  if (magnitude > 0x7f800000u) { rounded = magnitude; }
  return uintBitsToFloat(rounded | (bits & 0x80000000u));
}
