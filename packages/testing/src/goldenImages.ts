/** The pair of the golden values: x is the truth, y a distorted copy, 32 x 32, float64. */
export function goldenImages(): { x: Golden; y: Golden } {
  const make = (value: (i: number, j: number) => number): Golden => ({
    width: 32,
    height: 32,
    data: Float64Array.from({ length: 1024 }, (_, k) => value(Math.floor(k / 32), k % 32)),
  });
  const x = (i: number, j: number) => ((37 * i + 17 * j + 5 * i * j) % 101) / 100;
  return { x: make(x), y: make((i, j) => 0.8 * x(i, j) + (0.1 * ((11 * i + 29 * j) % 53)) / 52 + 0.05) };
}

/** Pixels of a golden image, row by row. */
export interface Golden {
  width: number;
  height: number;
  data: Float64Array;
}
