import type { Rectangle } from "../image/regions.js";

/** The rectangle of the largest area in which no pixel is missing; undefined where all are. The first row by row of several. */
export function largestWhole(missing: Uint8Array, width: number): Rectangle | undefined {
  /** How many pixels above this one, itself among them, are there. */
  const heights = new Int32Array(width + 1);
  let best: (Rectangle & { readonly area: number }) | undefined;
  for (let y = 0; y * width < missing.length; y++) {
    for (let x = 0; x < width; x++) heights[x] = missing[y * width + x] ? 0 : heights[x]! + 1;
    // The largest rectangle under the heights that ends in this row: each column is the lowest of one.
    const starts: { readonly x: number; readonly height: number }[] = [];
    for (let x = 0; x <= width; x++) {
      let start = x;
      for (let open = starts.at(-1); open && open.height >= heights[x]!; open = starts.at(-1)) {
        starts.pop();
        start = open.x;
        const area = open.height * (x - open.x);
        if (area > (best?.area ?? 0)) {
          best = { x: open.x, y: y + 1 - open.height, width: x - open.x, height: open.height, area };
        }
      }
      starts.push({ x: start, height: heights[x]! });
    }
  }
  if (!best) return undefined;
  const { x, y, height } = best;
  return { x, y, width: best.width, height };
}
