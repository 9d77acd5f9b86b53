import { type PlaneAxes, type PlaneSelection, planeIndexAlong } from "../../image/planeSelection.js";

/** Bytes of a region of interest as ImageJ has it, big-endian (ij.io.RoiDecoder). */
const POSITION = 56;
const HEADER2 = 60;
const [COUNT, COUNTERS] = [16, 48];
const HYPERSTACK_POSITION = { C: 4, Z: 8, T: 12 } as const;

/**
 * A region, where the planes that it is on are among those selected, moved to where these are now; undefined where they are not. One that is on all planes stays as it is.
 */
export function regionOfPlanes(
  region: Uint8Array,
  image: PlaneAxes,
  selection: PlaneSelection,
): Uint8Array | undefined {
  const bytes = region.slice();
  const view = new DataView(bytes.buffer);
  if (bytes.length < HEADER2 + 4 || String.fromCharCode(...bytes.subarray(0, 4)) !== "Iout") return bytes;
  const { planes } = selection;
  /** Positions count from 1; 0 is all planes. */
  const moved = (position: number): number => (position > 0 ? planes.indexOf(position - 1) + 1 : position);
  const onPlane = view.getInt32(POSITION);
  if (onPlane > 0) {
    if (moved(onPlane) === 0) return undefined;
    view.setInt32(POSITION, moved(onPlane));
  }
  const header2 = view.getInt32(HEADER2);
  if (header2 <= 0 || header2 + COUNTERS + 4 > bytes.length) return bytes;
  if (!moveInHyperstack(view, header2, image, selection)) return undefined;
  const counters = view.getInt32(header2 + COUNTERS);
  if (counters <= 0) return bytes;
  // The lowest byte of a point is its counter, the others are its plane.
  for (let i = 0; i < view.getUint16(COUNT) && counters + 4 * i + 4 <= bytes.length; i++) {
    const word = view.getUint32(counters + 4 * i);
    const plane = word >>> 8;
    if (plane > 0 && moved(plane) === 0) return undefined;
    view.setUint32(counters + 4 * i, moved(plane) * 256 + (word & 255));
  }
  return bytes;
}

/** Moves the channel, slice and frame that a region is on; false where it is on none of the planes. */
function moveInHyperstack(
  view: DataView,
  header2: number,
  image: PlaneAxes,
  { axes, planes, bounds }: PlaneSelection,
): boolean {
  const on = (["C", "Z", "T"] as const).map((axis) => {
    return {
      axis,
      at: header2 + HYPERSTACK_POSITION[axis],
      index: view.getInt32(header2 + HYPERSTACK_POSITION[axis]),
    };
  });
  if (on.every(({ index }) => index <= 0)) return true;
  const there = [...planes].filter((plane) =>
    on.every(({ axis, index }) => index <= 0 || planeIndexAlong(image, axis, plane) === index - 1),
  );
  if (there.length === 0) return false;
  if (bounds && axes.length > 1) {
    for (const { axis, at, index } of on) {
      const from = bounds[image.axes.indexOf(axis)]?.[0] ?? 0;
      view.setInt32(at, index > 0 && axes.includes(axis) ? index - from : 0);
    }
    return true;
  }
  const ofChannel = on.every(({ axis, index }) => index <= 0 || axis === "C");
  // Where channels lie together, each is there at all times.
  if (axes.includes("C") && axes.length > 1 && ofChannel) return true;
  // A stack along one axis has planes alone. A region on some of them, which it has no word for, is on all.
  for (const { at } of on) view.setInt32(at, 0);
  if (there.length === 1) view.setInt32(POSITION, planes.indexOf(there[0]!) + 1);
  return there.length === 1 || there.length === planes.length;
}
