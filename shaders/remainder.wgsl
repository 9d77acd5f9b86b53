// a - b trunc(a / b), exactly: the long division of the binary digits of |a| by those of |b|, eight at a time. It has the sign of a.
fn remainder(a: f32, b: f32) -> f32 {
  let magnitudeA = bitcast<u32>(a) & 0x7fffffffu;
  let magnitudeB = bitcast<u32>(b) & 0x7fffffffu;
  if (magnitudeA >= 0x7f800000u || magnitudeB == 0u || magnitudeB > 0x7f800000u) {
    return bitcast<f32>(0x7fc00000u | magnitudeA | magnitudeB);
  }
  if (magnitudeA < magnitudeB) { return a; }
  // A subnormal number is 0.fraction times the power that 1.fraction has for the smallest exponent.
  var exponent = max(magnitudeA >> 23u, 1u);
  let last = max(magnitudeB >> 23u, 1u);
  let divisor = (magnitudeB & 0x7fffffu) | select(0u, 0x800000u, magnitudeB >= 0x800000u);
  var rest = ((magnitudeA & 0x7fffffu) | select(0u, 0x800000u, magnitudeA >= 0x800000u)) % divisor;
  while (exponent > last && rest != 0u) {
    let shift = min(exponent - last, 8u);
    rest = (rest << shift) % divisor;
    exponent -= shift;
  }
  if (rest == 0u) { return bitcast<f32>(bitcast<u32>(a) & 0x80000000u); }
  let missing = min(countLeadingZeros(rest) - 8u, last - 1u);
  rest <<= missing;
  let bits = select(rest, (rest & 0x7fffffu) | ((last - missing) << 23u), rest >= 0x800000u);
  return bitcast<f32>(bits | (bitcast<u32>(a) & 0x80000000u));
}
