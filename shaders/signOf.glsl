// The sign of NaN is 0.
float signOf(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u ? 0.0 : sign(x); }
