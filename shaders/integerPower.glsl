// By squaring, with the low 32 bits of what is larger.
uint integerPower(uint a, uint b) {
  uint result = 1u;
  uint square = a;
  for (uint rest = b; rest != 0u; rest >>= 1u) {
    if ((rest & 1u) == 1u) { result *= square; }
    square *= square;
  }
  return result;
}

// Negative powers of 1 and -1 are whole; of any other number they are 0, as quotients rounded towards zero.
int integerPower(int a, int b) {
  if (b >= 0) { return int(integerPower(uint(a), uint(b))); }
  return a == 1 || a == -1 ? ((b & 1) == 1 ? a : 1) : 0;
}
