// a^b with the special cases of IEEE 754, where pow of WGSL takes positive bases alone: a negative base has whole powers; a^0 and 1^b are 1, even with a
// NaN; 0 and infinity have limits. By the bits: a float beyond the largest cannot be written in WGSL, and may be assumed away.
fn power(a: f32, b: f32) -> f32 {
  let magnitudeA = bitcast<u32>(a) & 0x7fffffffu;
  let magnitudeB = bitcast<u32>(b) & 0x7fffffffu;
  let negativeA = bitcast<u32>(a) >> 31u == 1u;
  let negativeB = bitcast<u32>(b) >> 31u == 1u;
  let wholeB = magnitudeB >= 0x4b000000u || trunc(b) == b;
  let oddB = magnitudeB < 0x4b800000u && wholeB && (i32(b) & 1) == 1;
  var magnitude = bitcast<u32>(pow(abs(a), b));
  if (magnitudeA == 0u || magnitudeA == 0x7f800000u || magnitudeB == 0x7f800000u) {
    // Towards infinity: a large base to a positive power, or a small one to a negative.
    magnitude = select(0u, 0x7f800000u, (magnitudeA > 0x3f800000u) != negativeB);
  }
  if (negativeA && !wholeB && magnitudeA != 0u && magnitudeA != 0x7f800000u) {
    magnitude = 0x7fc00000u;
  }
  if (magnitudeA > 0x7f800000u || magnitudeB > 0x7f800000u) {
    magnitude = max(magnitudeA, magnitudeB);
  }
  let ones = magnitudeB == 0u || bitcast<u32>(a) == 0x3f800000u || (magnitudeA == 0x3f800000u && magnitudeB == 0x7f800000u);
  return bitcast<f32>(select(magnitude, 0x3f800000u, ones) | select(0u, 0x80000000u, negativeA && oddB));
}
