/** The value of an IEEE half given by its 16 bits. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The value of a bfloat16, the upper half of an f32. */
export function fromBrainFloat(bits: number): number {
  word[0] = bits << 16;
  return float[0]!;
}

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The 16 bits of the IEEE half nearest to `value` (rounded to f32 first), ties to even; infinity from 65520 on. */
export function toHalf(value: number): number {
  float[0] = value;
  const bits = word[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2^-14 halves are multiples of 2^-24; adding 1/2 leaves that many bits of an f32, rounded to even.
    float[0] = Math.abs(float[0]!) + 0.5;
    return sign | (word[0]! - 0x3f000000);
  }
  // Thirteen bits go; what is just below half of them, plus the last bit that stays, carries when rounding up.
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}
