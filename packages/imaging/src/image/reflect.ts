/**
 * The element of 0 ... length - 1 that stands at position `i` of a sequence mirrored at its ends without repeating them (NumPy's pad mode "reflect"), again and again:
 * for length 4, 0 1 2 3 2 1 0 1 .... A single element repeats.
 */
export function reflect(i: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const phase = ((i % period) + period) % period;
  return phase < length ? phase : period - phase;
}
