import type { ImageMetadata, SparsePlanes } from "./metadata.js";
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
 * How some planes of an image lie along its axes. All planes of an interval of each axis, in ascending order, stay along these axes, without those of which one index is left of
 * several and which are not in `keep`. Any other selection is a plain stack, T, in the order that is given; where channels are the fastest axis and each is there whenever
 * one is, T and C.
 */
export function selectPlanes(
  image: PlaneAxes,
  planes: Uint32Array,
  keep: readonly Axis[] = [],
): PlaneSelection {
  const bounds = boundsOf(image, planes);
  if (!bounds) return { ...stackOf(image, planes), planes, bounds };
  const kept = image.axes.flatMap((axis, i) =>
    extentOf(bounds[i]!) > 1 || image.shape[i] === 1 || keep.includes(axis) ? [i] : [],
  );
  return {
    axes: kept.map((i) => image.axes[i]!),
    shape: kept.map((i) => extentOf(bounds[i]!)),
    planes,
    bounds,
  };
}

const extentOf = ([from, to]: AxisRange): number => to - from;

/** The intervals of which ascending planes are all; undefined where there are none. */
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
  const ascending = planes.every((plane, i) => i === 0 || plane > planes[i - 1]!);
  return volume === planes.length && ascending ? bounds : undefined;
}

/** Planes that are no block of the image's axes. */
function stackOf({ axes, shape }: PlaneAxes, planes: Uint32Array): PlaneAxes {
  const channels = axes.at(-1) === "C" ? shape.at(-1)! : 1;
  const together =
    channels > 1 &&
    planes.length % channels === 0 &&
    planes.every(
      (plane, i) => plane % channels === i % channels && plane - planes[i - (i % channels)]! < channels,
    );
  return together
    ? { axes: ["T", "C"], shape: [planes.length / channels, channels] }
    : { axes: ["T"], shape: [planes.length] };
}

/** What is true of the channels of some planes: which they are, and what is said of them. */
function channelsOf(
  { channels, channelColours, displayRanges, transparency }: ImageMetadata,
  image: PlaneAxes,
  planes: Uint32Array,
) {
  const there = distinctAlong(image, "C", planes);
  const count = image.shape[image.axes.indexOf("C")] ?? 1;
  const ofThem = <T>(values: readonly T[] | undefined): readonly T[] | undefined =>
    values && values.length >= count ? there.map((channel) => values[channel]!) : undefined;
  const names = ofThem(channels);
  const colours = ofThem(channelColours);
  const ranges = displayRanges?.length === 1 ? displayRanges : ofThem(displayRanges);
  return {
    count: there.length,
    said: {
      ...(names && { channels: names }),
      ...(colours && { channelColours: colours }),
      ...(ranges && { displayRanges: ranges }),
      ...(transparency !== undefined &&
        there.includes(transparency) && { transparency: there.indexOf(transparency) }),
    },
  };
}

/** In ascending order. */
function distinctAlong(image: PlaneAxes, axis: Axis, planes: Uint32Array): number[] {
  const indices = new Set<number>();
  for (const plane of planes) indices.add(planeIndexAlong(image, axis, plane));
  return [...indices].toSorted((a, b) => a - b);
}

/** Some planes of an image, with those indices of each axis alone that they have. */
export function sparsePlanes(
  image: PlaneAxes,
  planes: Uint32Array,
): PlaneAxes & Pick<SparsePlanes, "planes"> {
  const along = image.axes.map((axis) => {
    const indices = distinctAlong(image, axis, planes);
    return { axis, indices: new Map(indices.map((index, i) => [index, i])) };
  });
  const long = along.filter(({ indices }) => indices.size > 1);
  return {
    axes: long.map(({ axis }) => axis),
    shape: long.map(({ indices }) => indices.size),
    planes: planes.map((plane) =>
      long.reduce((at, { axis, indices }) => {
        return at * indices.size + indices.get(planeIndexAlong(image, axis, plane))!;
      }, 0),
    ),
  };
}

/**
 * What is true of some planes of an image with `metadata`: names and displayed ranges of their channels, steps along the axes that they still lie along. `pages` are the pages that the
 * planes are in what they are selected from.
 */
export function metadataOfSelection(
  metadata: ImageMetadata,
  image: PlaneAxes,
  { axes, planes, bounds }: PlaneSelection,
  pages: Uint32Array = planes,
): ImageMetadata {
  const { calibration, nodata, text, notes, own } = metadata;
  const { count, said } = channelsOf(metadata, image, planes);
  const positions = metadata.positions && pages.map((page) => metadata.positions![page]!);
  const stepsAlong = (wanted: readonly Axis[]): Pick<ImageMetadata, "calibration"> => {
    const steps = wanted.flatMap((axis) => (calibration?.[axis] ? [[axis, calibration[axis]] as const] : []));
    return steps.length > 0 ? { calibration: Object.fromEntries(steps) } : {};
  };
  return {
    ...stepsAlong(bounds ? axisNames : ["Y", "X"]),
    // Of a plain stack of several channels, none is that of all pages.
    ...((bounds || axes.includes("C") || count === 1) && said),
    ...(!bounds && {
      sparse: { ...sparsePlanes(image, planes), metadata: { ...stepsAlong(axisNames), ...said } },
    }),
    ...(metadata.unnamed && planes.length > 1 && { unnamed: metadata.unnamed }),
    ...(metadata.plainStack && planes.length > 1 && { plainStack: true }),
    ...(positions && new Set(positions).size > 1 && { positions }),
    ...(nodata !== undefined && { nodata }),
    ...(text !== undefined && { text }),
    ...(notes && { notes }),
    ...(own && { own: { ...own, planes: own.planes ? pages.map((page) => own.planes![page]!) : pages } }),
  };
}
