import type { PlanePixels } from "../engine/engine.js";
import type { Line } from "../engine/painter.js";

const lengthOf = ({ from, to }: Line): number => Math.hypot(to.x - from.x, to.y - from.y);

/** Distances along a line in pixels of the image, about one apart. */
export function distancesAlong(line: Line): number[] {
  const length = lengthOf(line);
  const steps = Math.max(1, Math.min(2048, Math.round(length)));
  return Array.from({ length: steps + 1 }, (_, i) => (length * i) / steps);
}

/** Grey values along a line, interpolated bilinearly; of a plane that came reduced, in the coordinates of the whole image. */
export function valuesAlong(
  plane: PlanePixels,
  image: { readonly width: number; readonly height: number },
  line: Line,
  distances: readonly number[],
): number[] {
  const { width, height, data } = plane;
  const length = lengthOf(line) || 1;
  const at = (x: number, y: number): number =>
    data[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))]!;
  return distances.map((distance) => {
    const part = distance / length;
    // The middle of the first pixel is at 0.5.
    const x = ((line.from.x + (line.to.x - line.from.x) * part) * width) / image.width - 0.5;
    const y = ((line.from.y + (line.to.y - line.from.y) * part) * height) / image.height - 0.5;
    const [x0, y0] = [Math.floor(x), Math.floor(y)];
    const [dx, dy] = [x - x0, y - y0];
    const upper = at(x0, y0) * (1 - dx) + at(x0 + 1, y0) * dx;
    const lower = at(x0, y0 + 1) * (1 - dx) + at(x0 + 1, y0 + 1) * dx;
    return upper * (1 - dy) + lower * dy;
  });
}
