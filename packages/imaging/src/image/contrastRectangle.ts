import type { Plane } from "./image.js";
import { cutPlane, type Rectangle } from "./regions.js";

function variance({ data }: Plane): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]! - data[0]!;
    sum += value;
    squares += value * value;
  }
  return squares / data.length - (sum / data.length) ** 2;
}

/** Offsets from 0 to `length - part`, half a part or less between them. */
function offsets(length: number, part: number): number[] {
  const steps = Math.ceil((length - part) / (part / 2));
  return Array.from({ length: steps + 1 }, (_, i) => Math.round((i * (length - part)) / Math.max(1, steps)));
}

/** Where a page has the most contrast, at most `side` pixels wide and high: what is worth looking at. */
export function contrastRectangle(page: Plane, side: number): Rectangle {
  const size = { width: Math.min(side, page.width), height: Math.min(side, page.height) };
  let best = { x: 0, y: 0, variance: -1 };
  for (const y of offsets(page.height, size.height)) {
    for (const x of offsets(page.width, size.width)) {
      const contrast = variance(cutPlane(page, { x, y, ...size }));
      if (contrast > best.variance) best = { x, y, variance: contrast };
    }
  }
  return { x: best.x, y: best.y, ...size };
}
