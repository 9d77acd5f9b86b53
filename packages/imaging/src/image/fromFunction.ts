/**
 * An array with the value of a function at each of its indices, and returned (NumPy's fromfunction). For pixels: `Float32Array.from` with a function takes ten to thirty times as long, as V8 makes a number of its own for each value and a list of all.
 */
export function fromFunction<T extends Float32Array | Float64Array | Int32Array>(
  array: T,
  value: (i: number) => number,
): T {
  for (let i = 0; i < array.length; i++) array[i] = value(i);
  return array;
}
