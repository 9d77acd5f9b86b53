/**
 * The element of 0 ... length - 1 that stands at position `i` of a sequence mirrored at its ends with the end repeated (NumPy's pad mode "symmetric"), again and again:
 * for length 4, 0 1 2 3 3 2 1 0 0 1 ....
 */
export function symmetric(i: number, length: number): number {
  const period = 2 * length;
  const phase = ((i % period) + period) % period;
  return phase < length ? phase : period - 1 - phase;
}
