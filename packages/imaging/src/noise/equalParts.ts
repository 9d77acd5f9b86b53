import { fromFunction } from "../image/fromFunction.js";

/**
 * Pixels in `count` parts of equal size by the value of each, parts in ascending order; of equal values by their order. Those of a part keep theirs. Not sorted themselves: numbers alone are sorted in a tenth of the time that V8 takes with a comparison.
 */
export function equalParts(pixels: Int32Array, values: Float64Array, count: number): Int32Array[] {
  const sorted = fromFunction(new Float64Array(pixels.length), (k) => values[pixels[k]!]!).sort();
  const starts = Array.from({ length: count + 1 }, (_, part) => Math.floor((part * pixels.length) / count));
  const lasts = starts.slice(1).map((end) => sorted[end - 1]!);
  // How many of its last value a part still takes.
  const left = lasts.map((last, part) => {
    let first = starts[part + 1]!;
    while (first > starts[part]! && sorted[first - 1] === last) first--;
    return starts[part + 1]! - first;
  });
  const parts = lasts.map((_, part) => new Int32Array(starts[part + 1]! - starts[part]!));
  const taken = new Int32Array(count);
  for (const pixel of pixels) {
    const value = values[pixel]!;
    let part = 0;
    while (value > lasts[part]! || (value === lasts[part] && left[part] === 0)) part++;
    if (value === lasts[part]) left[part]!--;
    parts[part]![taken[part]!++] = pixel;
  }
  return parts;
}
