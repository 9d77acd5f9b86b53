/** One number for both directions, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number];

export const pairOf = (value: Pair): readonly [number, number] =>
  typeof value === "number" ? [value, value] : value;
