// By squaring, with the low 32 bits of what is larger.
fn unsignedPower(a: u32, b: u32) -> u32 {
  var result = 1u;
  var square = a;
  for (var rest = b; rest != 0u; rest >>= 1u) {
    if ((rest & 1u) == 1u) { result *= square; }
    square *= square;
  }
  return result;
}

// Negative powers of 1 and -1 are whole; of any other number they are 0, as quotients rounded towards zero.
fn signedPower(a: i32, b: i32) -> i32 {
  if (b >= 0) { return i32(unsignedPower(u32(a), u32(b))); }
  return select(0, select(1, a, (b & 1) == 1), a == 1 || a == -1);
}
