/** Nearest integer, halves to the even one, as `numpy.rint` (no bias, unlike rounding halves up). */
export function rint(x: number): number {
  const floor = Math.floor(x);
  const fraction = x - floor;
  if (fraction < 0.5) return floor;
  if (fraction > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
