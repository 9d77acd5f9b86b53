// By the bits, because drivers may assume that no float is a NaN or infinite.
bool isNotANumber(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u; }

bool isInfinite(float x) { return (floatBitsToUint(x) & 0x7fffffffu) == 0x7f800000u; }

bool isFinite(float x) { return (floatBitsToUint(x) & 0x7fffffffu) < 0x7f800000u; }
