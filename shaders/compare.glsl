// Comparisons as IEEE 754 has them: with a NaN on either side only "not equal" is true. By its bits, because drivers may assume that no float is a
// NaN, and the comparison alone then gives anything.
bool isOrdered(float a, float b) {
  return max(floatBitsToUint(a) & 0x7fffffffu, floatBitsToUint(b) & 0x7fffffffu) <= 0x7f800000u;
}

bool isEqual(float a, float b) { return isOrdered(a, b) && a == b; }

bool isLess(float a, float b) { return isOrdered(a, b) && a < b; }

bool isLessEqual(float a, float b) { return isOrdered(a, b) && a <= b; }
