import type { OpenedImage, Place } from "./engine.js";

const isStacked = (axis: string): axis is keyof Place => axis === "C" || axis === "Z" || axis === "T";

/** Where a plane that is looked at belongs: there, but of an image that lacks planes in the axes that these do not fill. */
export function placeIn(
  { axes, shape, sparse }: Pick<OpenedImage, "axes" | "shape" | "sparse">,
  place: Place,
): Place {
  if (!sparse) return place;
  const page = axes.reduce((at, axis, i) => (isStacked(axis) ? at * shape[i]! + (place[axis] ?? 0) : at), 0);
  let rest = sparse.planes[page] ?? 0;
  const found: Partial<Record<keyof Place, number>> = {};
  // The last axis is the fastest.
  for (const [i, axis] of [...sparse.axes.entries()].toReversed()) {
    if (isStacked(axis)) found[axis] = rest % sparse.shape[i]!;
    rest = Math.floor(rest / sparse.shape[i]!);
  }
  return found;
}
