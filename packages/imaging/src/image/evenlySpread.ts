/** `count` positions of 0 ... length - 1, ascending and evenly spread: the middles of `count` equal parts. */
export const evenlySpread = (count: number, length: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * length) / count));
