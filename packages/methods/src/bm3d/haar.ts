/**
 * The orthonormal Haar transform along a group of `count` arrays of `length` values that lie one after the other, in place; `count` is a power of 2. The first array becomes
 * the sum of all over sqrt(count). `stride`: the levels below this one are done.
 */
export function haar(group: Float64Array, count: number, length: number, stride = 1): void {
  for (; stride < count; stride *= 2) {
    for (let i = 0; i < count; i += 2 * stride) butterfly(group, i * length, (i + stride) * length, length);
  }
}

/** The inverse of `haar`, which leaves the levels below `last`. */
export function inverseHaar(group: Float64Array, count: number, length: number, last = 1): void {
  for (let stride = count / 2; stride >= last; stride /= 2) {
    for (let i = 0; i < count; i += 2 * stride) butterfly(group, i * length, (i + stride) * length, length);
  }
}

/** Sums and differences over sqrt(2), which undoes itself. */
function butterfly(group: Float64Array, a: number, b: number, length: number): void {
  for (let i = 0; i < length; i++) {
    const first = group[a + i]!;
    const second = group[b + i]!;
    group[a + i] = (first + second) * Math.SQRT1_2;
    group[b + i] = (first - second) * Math.SQRT1_2;
  }
}
