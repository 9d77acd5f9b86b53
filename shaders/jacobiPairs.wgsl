// What both Jacobi methods share: who is paired with whom. Each round pairs every column with another, each sweep every column with each once, as in a round robin tournament. `p.players` is n, or n + 1 where that is odd: then one rests.

// Whether any invocation has rotated a pair in this sweep.
var<workgroup> going: u32;

fn pairOf(i: u32, round: u32) -> vec2u {
  let others = p.players - 1u;
  if (i == 0u) {
    return vec2u(min(round, others), max(round, others));
  }
  let one = (round + i) % others;
  let other = (round + others - i) % others;
  return vec2u(min(one, other), max(one, other));
}

// Whose order is that of magnitudes; a NaN is the largest.
fn magnitude(x: f32) -> u32 { return bitcast<u32>(x) & 0x7fffffffu; }

// Whose order is that of values.
fn ordered(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}
