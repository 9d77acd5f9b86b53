import { type ImageSource, pageSizeOf, percentiles, rowBands } from "@clidim/imaging";
import type { Place, PlanePixels, Rectangle } from "../../engine/engine.js";

/** Pixels that are read at once. */
const BAND = 2 ** 22;
/** No plane is given to the page with more pixels. */
const MOST = 2 ** 26;

/**
 * A plane by its indices, or the region of it that is given, in float32; reduced by means over squares of pixels so that its longer side has no more than `longest` pixels. Read by bands, so that a plane which is reduced is never
 * whole in memory. Pixels that are NaN or infinite count in no mean, and stay where all of a square are.
 */
export async function readPlane(
  source: ImageSource,
  place: Place,
  longest?: number,
  region: Rectangle = { x: 0, y: 0, ...pageSizeOf(source) },
): Promise<PlanePixels> {
  const { x: left, y: above, width: fullWidth, height: fullHeight } = region;
  const factor = Math.max(
    1,
    Math.ceil(Math.max(fullWidth, fullHeight) / (longest ?? Number.POSITIVE_INFINITY)),
    Math.ceil(Math.sqrt((fullWidth * fullHeight) / MOST)),
  );
  const [width, height] = [Math.ceil(fullWidth / factor), Math.ceil(fullHeight / factor)];
  const data = new Float32Array(width * height);
  const counts = factor > 1 ? new Float32Array(width * height) : undefined;
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const indices = indicesOf(source, place);
  const size = { width: fullWidth, height: fullHeight, rowsAtOnce: source.chunks.at(-2)! };
  for (const { y: top, height: rows } of rowBands(size, BAND)) {
    const block = await source.read({
      ...indices,
      Y: [above + top, above + top + rows],
      X: [left, left + fullWidth],
    });
    for (let y = 0; y < rows; y++) {
      const row = width * Math.floor((top + y) / factor);
      for (let x = 0; x < fullWidth; x++) {
        const value = block.data[y * fullWidth + x]!;
        const at = row + Math.floor(x / factor);
        if (Number.isFinite(value)) {
          if (value < least) least = value;
          if (value > greatest) greatest = value;
          if (counts) {
            data[at]! += value;
            counts[at]!++;
          }
        }
        if (!counts) data[at] = value;
      }
    }
  }
  if (counts) for (let i = 0; i < data.length; i++) data[i] = data[i]! / counts[i]!; // NaN of none
  if (least > greatest) return { width, height, data, least: 0, greatest: 0, low: 0, high: 0 };
  const finite = data.every(Number.isFinite) ? data : data.filter(Number.isFinite);
  const [low, high] = percentiles([{ data: finite }], [0.1, 99.9]) as [number, number]; // one per percentage
  return { width, height, data, least, greatest, low, high };
}

/** One index along every axis of planes. */
export function indicesOf({ axes, shape }: ImageSource, place: Place): Place {
  return Object.fromEntries(
    (["T", "C", "Z"] as const).flatMap((axis) => {
      const i = axes.indexOf(axis);
      if (i < 0) return [];
      const index = place[axis] ?? 0;
      return [[axis, Math.min(Math.max(0, Math.floor(index)), shape[i]! - 1)]];
    }),
  );
}
