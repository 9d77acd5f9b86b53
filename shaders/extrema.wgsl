// max and min of WGSL may drop a NaN. Here the result is one where a or b is: its bits are the larger magnitude of the two.
fn maximum(a: f32, b: f32) -> f32 {
  let magnitude = max(bitcast<u32>(a) & 0x7fffffffu, bitcast<u32>(b) & 0x7fffffffu);
  return select(max(a, b), bitcast<f32>(magnitude), magnitude > 0x7f800000u);
}

fn minimum(a: f32, b: f32) -> f32 {
  let magnitude = max(bitcast<u32>(a) & 0x7fffffffu, bitcast<u32>(b) & 0x7fffffffu);
  return select(min(a, b), bitcast<f32>(magnitude), magnitude > 0x7f800000u);
}
