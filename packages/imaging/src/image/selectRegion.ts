import { InputError } from "./inputError.js";
import { planarSource } from "./planarSource.js";
import { metadataOfSelection, type PlaneAxes, type PlaneSelection, selectPlanes } from "./planeSelection.js";
import {
  type Axis,
  type AxisRange,
  type ImageSource,
  pageCountOf,
  pageRegion,
  type Region,
  resolveRegion,
} from "./source.js";

/** What is wanted along the axes of planes: an interval, one index, or all where an axis is not named. */
export type PlaneRegion = Pick<Region, "T" | "C" | "Z">;

/**
 * The planes of a source within a region, as a source. An axis of which one index is wanted of several is no longer there. Metadata is what is true of these planes,
 * and what is written of it is of the source's kind: names, displayed ranges and tables of their channels, labels and tags of their pages. Pixels are read when they are asked
 * for. An `InputError` where the source has no such axis or ends before the region.
 */
export function selectRegion(source: ImageSource, region: PlaneRegion): ImageSource {
  const { name, axes, shape } = source;
  for (const axis of ["T", "C", "Z"] as const) {
    const wanted = region[axis];
    if (wanted === undefined) continue;
    if (!axes.includes(axis)) {
      throw new InputError(`${name} has the axes ${axes.join(", ")}, got a selection along ${axis}`);
    }
    const [from, to] = typeof wanted === "number" ? [wanted, wanted + 1] : wanted;
    const extent = shape[axes.indexOf(axis)]!;
    const whole = Number.isInteger(from) && Number.isInteger(to);
    if (!whole || from < 0 || to <= from || to > extent) {
      const got = to === from + 1 ? String(from) : `${from} to ${to - 1}`;
      throw new InputError(`${name}: expected indices of ${axis} within 0 to ${extent - 1}, got ${got}`);
    }
  }
  const planes = planeAxesOf(source);
  const intervals = planes.axes.filter((axis) => Array.isArray(region[axis as keyof PlaneRegion]));
  return selected(source, selectPlanes(planes, planesWithin(planes, region), intervals));
}

/** The pages of a source as a source, see `selectPlanes`. */
export function selectPlanesOf(source: ImageSource, planes: Uint32Array): ImageSource {
  return selected(source, selectPlanes(planeAxesOf(source), planes));
}

const planeAxesOf = ({ axes, shape }: ImageSource): PlaneAxes => {
  return { axes: axes.slice(0, -2), shape: shape.slice(0, -2) };
};

/** In the order of pages. */
function planesWithin({ axes, shape }: PlaneAxes, region: Region): Uint32Array {
  let planes = [0];
  axes.forEach((axis, i) => {
    const wanted = region[axis] ?? [0, shape[i]!];
    const [from, to] = typeof wanted === "number" ? [wanted, wanted + 1] : wanted;
    const along = Array.from({ length: to - from }, (_, k) => from + k);
    planes = planes.flatMap((plane) => along.map((k) => plane * shape[i]! + k));
  });
  return Uint32Array.from(planes);
}

function selected(source: ImageSource, selection: PlaneSelection): ImageSource {
  const { format, name, dtype } = source;
  const image = planeAxesOf(source);
  const { planes, bounds } = selection;
  if (bounds && planes.length === pageCountOf(source)) return source;
  const axes: Axis[] = [...selection.axes, "Y", "X"];
  const shape = [...selection.shape, ...source.shape.slice(-2)];
  const described = {
    ...{ format, name, axes, shape, dtype },
    metadata: metadataOfSelection(source.metadata, image, selection),
    close: () => source.close(),
  };
  if (!bounds) {
    return planarSource({
      ...described,
      chunks: [1, ...source.chunks.slice(-2)],
      readPlane: async (index, window, options) =>
        (await source.read(pageRegion(source, planes[index]!, window), options)).data,
    });
  }
  const ofAxis = (axis: Axis): number => source.axes.indexOf(axis);
  return {
    ...described,
    chunks: axes.map((axis, i) => Math.min(source.chunks[ofAxis(axis)]!, shape[i]!)),
    read: async (wanted = {}, options = {}) => {
      const within = resolveRegion({ name, axes, shape }, wanted);
      const moved: Partial<Record<Axis, AxisRange>> = {};
      image.axes.forEach((axis, i) => {
        moved[axis] = bounds[i]!;
      });
      axes.forEach((axis, i) => {
        const [from, to] = within[i]!;
        const start = bounds[image.axes.indexOf(axis)]?.[0] ?? 0; // Y and X have no bounds
        moved[axis] = [start + from, start + to];
      });
      const { data } = await source.read(moved, options);
      return { axes, shape: within.map(([from, to]) => to - from), dtype, data };
    },
  };
}
