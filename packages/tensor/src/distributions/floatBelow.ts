/** The largest f32 below a number. */
export function floatBelow(value: number): number {
  const nearest = Math.fround(value);
  if (nearest < value) return nearest;
  if (nearest === 0) return -(2 ** -149);
  // Neighbours of one sign are neighbours as words.
  const word = new Int32Array(Float32Array.of(nearest).buffer);
  word[0]! += nearest > 0 ? -1 : 1;
  return new Float32Array(word.buffer)[0]!;
}
