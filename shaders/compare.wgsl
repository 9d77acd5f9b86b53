// Comparisons as IEEE 754 has them: with a NaN on either side only "not equal" is true. By its bits, because WGSL may assume that no float is a
// NaN, and the comparison alone then gives anything.
fn ordered(a: f32, b: f32) -> bool {
  return max(bitcast<u32>(a) & 0x7fffffffu, bitcast<u32>(b) & 0x7fffffffu) <= 0x7f800000u;
}

fn equal(a: f32, b: f32) -> bool { return ordered(a, b) && a == b; }

fn notEqual(a: f32, b: f32) -> bool { return !(ordered(a, b) && a == b); }

fn less(a: f32, b: f32) -> bool { return ordered(a, b) && a < b; }

fn lessEqual(a: f32, b: f32) -> bool { return ordered(a, b) && a <= b; }
