import { InputError } from "./inputError.js";
import type { ImageMetadata } from "./metadata.js";
import { planarSource } from "./planarSource.js";
import { metadataOfSelection, type PlaneAxes, planeIndexAlong, selectPlanes } from "./planeSelection.js";
import {
  type Axis,
  type AxisRange,
  type ImageSource,
  pageCountOf,
  pageRegion,
  resolveRegion,
} from "./source.js";

/** What is wanted along the axes of planes: an interval, several, one index, or all where an axis is not named. */
export type PlaneRegion = Readonly<
  Partial<Record<"T" | "C" | "Z", number | AxisRange | readonly AxisRange[]>>
>;

/** The axes of the image that the pages of a source are planes of, without Y and X, and what is said of them: those of the source where it lacks no planes. */
export function imageAxesOf({
  axes,
  shape,
  metadata,
}: Pick<ImageSource, "axes" | "shape" | "metadata">): PlaneAxes &
  Pick<ImageMetadata, "channels" | "transparency"> {
  if (metadata.sparse) return { ...metadata.sparse, ...metadata.sparse.metadata };
  const { channels, transparency } = metadata;
  return {
    axes: axes.slice(0, -2),
    shape: shape.slice(0, -2),
    ...(channels && { channels }),
    ...(transparency !== undefined && { transparency }),
  };
}

/** Of each page of a source its index along an axis of its image; 0 where that has none. */
export function pageIndicesAlong(
  source: Pick<ImageSource, "axes" | "shape" | "metadata">,
  axis: Axis,
): Uint32Array {
  const image = imageAxesOf(source);
  return planesOf(source).map((plane) => planeIndexAlong(image, axis, plane));
}

/** The plane of its image that each page of a source is. */
function planesOf({ shape, metadata }: Pick<ImageSource, "shape" | "metadata">): Uint32Array {
  return metadata.sparse?.planes ?? Uint32Array.from({ length: pageCountOf({ shape }) }, (_, page) => page);
}

/**
 * The planes of a source within a region, as a source. An axis of which one index is wanted of several is no longer there. Of an image that lacks planes, those are selected that are there. Metadata is
 * what is true of these planes, and what is written of it is of the source's kind: names, displayed ranges and tables of their channels, labels and tags of their pages. Pixels are read when they
 * are asked for. An `InputError` where the image has no such axis, ends before the region, or has none of its planes.
 */
export function selectRegion(source: ImageSource, region: PlaneRegion): ImageSource {
  const { name } = source;
  const { axes, shape } = imageAxesOf(source);
  for (const axis of ["T", "C", "Z"] as const) {
    const wanted = region[axis];
    if (wanted === undefined) continue;
    if (!axes.includes(axis)) {
      throw new InputError(
        `${name} has the axes ${[...axes, "Y", "X"].join(", ")}, got a selection along ${axis}`,
      );
    }
    const extent = shape[axes.indexOf(axis)]!;
    for (const [from, to] of intervalsOf(wanted)) {
      const whole = Number.isInteger(from) && Number.isInteger(to);
      if (whole && from >= 0 && to > from && to <= extent) continue;
      const got = to === from + 1 ? String(from) : `${from} to ${to - 1}`;
      throw new InputError(`${name}: expected indices of ${axis} within 0 to ${extent - 1}, got ${got}`);
    }
  }
  const limits = (["T", "C", "Z"] as const).flatMap((axis) => {
    const wanted = region[axis];
    return wanted === undefined
      ? []
      : [{ indices: pageIndicesAlong(source, axis), intervals: intervalsOf(wanted) }];
  });
  const pages = Uint32Array.from({ length: pageCountOf(source) }, (_, page) => page).filter((page) =>
    limits.every(({ indices, intervals }) =>
      intervals.some(([from, to]) => indices[page]! >= from && indices[page]! < to),
    ),
  );
  if (pages.length === 0) {
    throw new InputError(
      `${name} lacks all planes of this selection, as of an acquisition that was stopped before`,
    );
  }
  const kept = axes.filter((axis) => Array.isArray(region[axis as keyof PlaneRegion]));
  return selected(source, pages, kept);
}

function intervalsOf(wanted: number | AxisRange | readonly AxisRange[]): readonly AxisRange[] {
  if (typeof wanted === "number") return [[wanted, wanted + 1]];
  return isInterval(wanted) ? [wanted] : wanted;
}

const isInterval = (wanted: AxisRange | readonly AxisRange[]): wanted is AxisRange =>
  typeof wanted[0] === "number";

/** Some pages of a source as a source, see `selectPlanes`. */
export function selectPagesOf(source: ImageSource, pages: Uint32Array): ImageSource {
  return selected(source, pages, []);
}

function selected(source: ImageSource, pages: Uint32Array, keep: readonly Axis[]): ImageSource {
  const { format, name, dtype } = source;
  const { sparse } = source.metadata;
  if (pages.length === pageCountOf(source) && pages.every((page, i) => page === i)) return source;
  const image = imageAxesOf(source);
  const planes = planesOf(source);
  const selection = selectPlanes(
    image,
    pages.map((page) => planes[page]!),
    keep,
  );
  const { bounds } = selection;
  const axes: Axis[] = [...selection.axes, "Y", "X"];
  const shape = [...selection.shape, ...source.shape.slice(-2)];
  const described = {
    ...{ format, name, axes, shape, dtype },
    metadata: metadataOfSelection({ ...source.metadata, ...sparse?.metadata }, image, selection, pages),
    close: () => source.close(),
  };
  if (!bounds || sparse) {
    return planarSource({
      ...described,
      chunks: [...selection.axes.map(() => 1), ...source.chunks.slice(-2)],
      readPlane: async (index, window, options) =>
        (await source.read(pageRegion(source, pages[index]!, window), options)).data,
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
