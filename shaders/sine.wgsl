// sin and cos, of which WGSL promises three digits within half a turn and nothing beyond: x less the nearest multiple of pi / 2, and a polynomial of what is left.

// 2 / pi as binary digits after the point.
const twoOverPi = array<u32, 9>(
  0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu, 0xdebbc561u, 0xb7246e3au
);

// 32 digits of 2 / pi from one on; those before the point are 0.
fn digitsFrom(first: i32) -> u32 {
  let word = u32(first + 32) >> 5u;
  let shift = u32(first + 32) & 31u;
  let high = select(twoOverPi[max(word, 1u) - 1u], 0u, word == 0u);
  return select((high << shift) | (twoOverPi[word] >> ((32u - shift) & 31u)), high, shift == 0u);
}

// The upper half of a product.
fn multiplyHigh(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}

// What is left of |x|, and the quarter of the turn that it is of.
struct Angle {
  left: f32,
  quarter: u32,
}

fn reduceAngle(x: f32) -> Angle {
  let a = abs(x);
  if (a < 0.7853982) {
    return Angle(a, 0u);
  }
  // By Payne and Hanek, in whole numbers, which no compiler puts in another order: turns are the whole number m times 2 / pi, of which digits for whole turns are left out.
  let bits = bitcast<u32>(a);
  let m = (bits & 0x7fffffu) | 0x800000u;
  // Of an infinity as of the largest number: what is left of it is not looked at.
  let first = i32(min(bits >> 23u, 254u)) - 152;
  let middle = digitsFrom(first + 32);
  let lower = m * middle;
  let next = lower + multiplyHigh(m, digitsFrom(first + 64));
  let turn = m * digitsFrom(first) + multiplyHigh(m, middle) + select(0u, 1u, next < lower);
  let nearest = (turn + 0x20000000u) >> 30u;
  let left = bitcast<i32>(turn - (nearest << 30u));
  return Angle((f32(left) + f32(next) * 2.3283064365386963e-10) * 1.4629180792671596e-9, nearest);
}

fn sineOfShare(x: f32) -> f32 {
  let z = x * x;
  return x + x * z * (-0.16666654611 + z * (0.0083321608736 - z * 0.00019515295891));
}

fn cosineOfShare(x: f32) -> f32 {
  let z = x * x;
  return 1.0 - 0.5 * z + z * z * (0.04166664568298827 + z * (-0.001388731625493765 + z * 0.00002443315711809948));
}

// What it is of an angle, NaN of an infinite one and of NaN.
fn ofAngle(x: f32, y: f32, flips: u32) -> f32 {
  let isFinite = (bitcast<u32>(x) & 0x7fffffffu) < 0x7f800000u;
  return bitcast<f32>(select(0x7fc00000u, bitcast<u32>(y) ^ flips, isFinite));
}

fn sine(x: f32) -> f32 {
  let angle = reduceAngle(x);
  let y = select(sineOfShare(angle.left), cosineOfShare(angle.left), (angle.quarter & 1u) == 1u);
  return ofAngle(x, y, ((angle.quarter << 30u) & 0x80000000u) ^ (bitcast<u32>(x) & 0x80000000u));
}

fn cosine(x: f32) -> f32 {
  let angle = reduceAngle(x);
  let y = select(cosineOfShare(angle.left), sineOfShare(angle.left), (angle.quarter & 1u) == 1u);
  return ofAngle(x, y, ((angle.quarter + 1u) << 30u) & 0x80000000u);
}
