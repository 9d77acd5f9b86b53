import type { ImageMetadata } from "./metadata.js";
import { type Axis, type AxisRange, axisNames } from "./source.js";

/** How planes lie along axes, the slowest first, without Y and X. */
export interface PlaneAxes {
  readonly axes: readonly Axis[];
  readonly shape: readonly number[];
}

/** Some planes of an image: how they lie along its axes, and which they are. */
export interface PlaneSelection extends PlaneAxes {
  /** Indices of planes of the image, one for each plane of the selection. */
  readonly planes: Uint32Array;
  /** Of each axis of the image, the interval that the selection is all of; undefined where it is no such block. */
  readonly bounds: readonly AxisRange[] | undefined;
}

/** The index of a plane along one of the axes; 0 where the planes do not have it. */
export function planeIndexAlong({ axes, shape }: PlaneAxes, axis: Axis, plane: number): number {
  const at = axes.indexOf(axis);
  if (at < 0) return 0;
  const step = shape.slice(at + 1).reduce((a, b) => a * b, 1);
  return Math.floor(plane / step) % shape[at]!;
}

/** Whether planes lie along the same axes, extents of 1 aside. */
export function samePlanes(a: PlaneAxes, b: PlaneAxes): boolean {
  const long = ({ axes, shape }: PlaneAxes): string =>
    axes.flatMap((axis, i) => (shape[i]! > 1 ? [`${axis}${shape[i]!}`] : [])).join();
  return long(a) === long(b);
}

/**
 * How some planes of an image lie along its axes. All planes of an interval of each axis stay along these axes, in the image's order, without those of which one index is
 * left of several and which are not in `keep`. Any other selection is a plain stack, T, in the order that is given.
 */
export function selectPlanes(
  image: PlaneAxes,
  planes: Uint32Array,
  keep: readonly Axis[] = [],
): PlaneSelection {
  const bounds = boundsOf(image, planes);
  if (!bounds) return { axes: ["T"], shape: [planes.length], planes, bounds };
  const kept = image.axes.flatMap((axis, i) =>
    extentOf(bounds[i]!) > 1 || image.shape[i] === 1 || keep.includes(axis) ? [i] : [],
  );
  return {
    axes: kept.map((i) => image.axes[i]!),
    shape: kept.map((i) => extentOf(bounds[i]!)),
    planes: planes.toSorted(),
    bounds,
  };
}

const extentOf = ([from, to]: AxisRange): number => to - from;

/** The intervals of which distinct planes are all; undefined where there are none. */
function boundsOf(image: PlaneAxes, planes: Uint32Array): AxisRange[] | undefined {
  const bounds = image.axes.map((axis): AxisRange => {
    let [from, to] = [Number.POSITIVE_INFINITY, 0];
    for (const plane of planes) {
      const index = planeIndexAlong(image, axis, plane);
      from = Math.min(from, index);
      to = Math.max(to, index + 1);
    }
    return [from, to];
  });
  const volume = bounds.reduce((product, interval) => product * extentOf(interval), 1);
  return volume === planes.length && new Set(planes).size === planes.length ? bounds : undefined;
}

/** What is true of some planes of an image with `metadata`: names and displayed ranges of their channels, steps along the axes that they still lie along. */
export function metadataOfSelection(
  metadata: ImageMetadata,
  image: PlaneAxes,
  { planes, bounds }: PlaneSelection,
): ImageMetadata {
  const { calibration, channels, displayRanges, text, notes, own } = metadata;
  const channelsOfPlanes = new Set([...planes].map((plane) => planeIndexAlong(image, "C", plane)));
  // Of a plain stack of several channels, none is that of all pages.
  const kept = bounds || channelsOfPlanes.size === 1 ? [...channelsOfPlanes].toSorted((a, b) => a - b) : [];
  const count = image.shape[image.axes.indexOf("C")] ?? 1;
  const ofChannels = <T>(values: readonly T[]): readonly T[] | undefined =>
    kept.length > 0 && values.length >= count ? kept.map((channel) => values[channel]!) : undefined;
  const names = channels && ofChannels(channels);
  const ranges = displayRanges?.length === 1 ? displayRanges : displayRanges && ofChannels(displayRanges);
  const mixed = bounds
    ? planes.length > 1
      ? metadata.mixed
      : undefined
    : image.axes.filter(
        (axis) => new Set([...planes].map((plane) => planeIndexAlong(image, axis, plane))).size > 1,
      );
  const positions = metadata.positions && planes.map((plane) => metadata.positions![plane]!);
  const steps =
    calibration &&
    Object.fromEntries(
      axisNames
        .filter((axis) => bounds || axis === "Y" || axis === "X")
        .flatMap((axis) => (calibration[axis] ? [[axis, calibration[axis]]] : [])),
    );
  return {
    ...(steps && Object.keys(steps).length > 0 && { calibration: steps }),
    ...(names && { channels: names }),
    ...(ranges && { displayRanges: ranges }),
    ...(mixed && { mixed }),
    ...(metadata.unnamed && planes.length > 1 && { unnamed: metadata.unnamed }),
    ...(positions && new Set(positions).size > 1 && { positions }),
    ...(text !== undefined && { text }),
    ...(notes && { notes }),
    ...(own && { own: { ...own, planes: own.planes ? planes.map((plane) => own.planes![plane]!) : planes } }),
  };
}
