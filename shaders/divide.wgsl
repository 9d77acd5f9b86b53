// n / d where it is below 2^21, or n below 2^24: the float quotient is off by at most one there. An integer division is scalar
// code on a CPU.
fn divide(n: u32, d: u32) -> u32 {
  let q = u32(f32(n) / f32(d));
  let r = i32(n - q * d);
  return select(select(q, q + 1u, r >= i32(d)), q - 1u, r < 0);
}
