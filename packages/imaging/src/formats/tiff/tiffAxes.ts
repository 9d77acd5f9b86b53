import { type PlaneAxes, sparsePlanes } from "../../image/planeSelection.js";
import type { Axis } from "../../image/source.js";
import { imagejPlanes, isImagejStack } from "./imagejDescription.js";
import type { OmePlace } from "./omePlanes.js";
import { tifffilePlanes, unnamedExtents } from "./tifffileDescription.js";

/** Planes as something says that they lie, or, where it does not name their axis, as a plain stack along T. */
export interface StackedAxes extends PlaneAxes {
  readonly plainStack?: true;
}

/** How the planes of a file lie along axes: those of the image as a whole, of which the file may lack planes. */
export interface FilePlanes extends StackedAxes {
  /** Where planes are missing: those that are there, as indices of all, in ascending order. Everything below is of these alone. */
  readonly there?: Uint32Array;
  /** The page of each plane, where planes lie in another order than their pages. */
  readonly pages?: Uint32Array;
  /** Where each plane belongs in OME's description. */
  readonly places?: readonly OmePlace[];
  /** Of a set of OME-TIFFs: the number of files that they are in. */
  readonly files?: number;
  /** Of a plain stack: the extents of several axes that its pages lie along, which are not named. */
  readonly unnamed?: readonly number[];
}

/**
 * How ImageJ's or tifffile's description says that the pages lie, also where there are fewer, as of an acquisition that was stopped, or more steps of the slowest axis. Else as
 * `undescribed` says: T, or nothing for a single page. Several `samples` that are stored together are one page here.
 */
export function planesOf(
  description: string | undefined,
  pageCount: number,
  undescribed: StackedAxes = pageCount > 1 ? { axes: ["T"], shape: [pageCount] } : { axes: [], shape: [] },
  samples = 1,
): FilePlanes {
  if (description === undefined) return undescribed;
  const planes =
    describedPlanes(description, pageCount) ??
    unnamedPlanes(description, pageCount, undescribed, samples) ??
    otherwiseDescribed(description, pageCount, undescribed) ??
    undescribed;
  return isImagejStack(description) && planes.axes.length > 0 ? { ...planes, plainStack: true } : planes;
}

/** How planes lie of which each has so many samples together, which are channels then. Channels that the file has besides are times. */
export function withSamples(planes: FilePlanes, samples: number): FilePlanes {
  const { axes, shape, there, unnamed } = planes;
  const count = shape.reduce((a, b) => a * b, 1);
  const besides = axes.includes("C");
  return {
    axes: besides ? ["T", "C"] : [...axes, "C"],
    shape: besides ? [there?.length ?? count, samples] : [...shape, samples],
    ...(there &&
      !besides && {
        there: Uint32Array.from(
          { length: there.length * samples },
          (_, i) => there[Math.floor(i / samples)]! * samples + (i % samples),
        ),
      }),
    ...(unnamed && { unnamed }),
  };
}

/** The reverse of `withSamples`. */
export function withoutSamples({ axes, shape, there, unnamed }: FilePlanes): FilePlanes {
  const samples = shape.at(-1)!;
  return {
    axes: axes.slice(0, -1),
    shape: shape.slice(0, -1),
    ...(there && { there: everyPixel(there, samples) }),
    ...(unnamed && { unnamed }),
  };
}

/** Of indices of samples, those of their pixels. */
export function everyPixel(indices: Uint32Array, samples: number): Uint32Array {
  return indices.filter((_, i) => i % samples === 0).map((index) => index / samples);
}

/** Pages along several axes that are not named. Samples, the last of these, are channels all the same. */
function unnamedPlanes(
  description: string,
  pageCount: number,
  undescribed: StackedAxes,
  samples: number,
): FilePlanes | undefined {
  const extents = unnamedExtents(description, samples > 1 ? 3 : 2);
  if (extents.length < 2) return undefined;
  const [count, channels] = [
    extents.reduce((a, b) => a * b),
    undescribed.shape[undescribed.axes.indexOf("C")],
  ];
  if (count !== pageCount) {
    const stopped = pageCount > 1 && pageCount < count && channels === undefined;
    return stopped ? { ...undescribed, unnamed: extents } : undefined;
  }
  if (channels !== extents.at(-1))
    return { axes: ["T"], shape: [pageCount], unnamed: extents, plainStack: true };
  return extents.length > 2 ? { ...undescribed, unnamed: extents.slice(0, -1) } : undescribed;
}

/** Pages that a description does not account for: the first ones of the planes that it describes, or with more steps of the slowest axis. */
function otherwiseDescribed(
  description: string,
  pageCount: number,
  undescribed: PlaneAxes,
): FilePlanes | undefined {
  const long = longAxes(description);
  const [slowest, ...others] = long ?? [];
  if (!slowest) return undefined;
  const [axis, extent] = slowest;
  // Of a single axis only fewer pages are those of the description.
  const plain = undescribed.axes.every((known) => known === "T");
  if (others.length === 0 && (pageCount > extent || !plain)) return undefined;
  const step = others.reduce((count, [, along]) => count * along, 1);
  const all = {
    axes: [axis, ...others.map(([other]) => other)],
    shape: [Math.max(extent, Math.ceil(pageCount / step)), ...others.map(([, along]) => along)],
  };
  const { axes, shape, planes } = sparsePlanes(
    all,
    Uint32Array.from({ length: pageCount }, (_, page) => page),
  );
  const full = shape.reduce((a, b) => a * b, 1);
  return { axes, shape, ...(full > pageCount && { there: planes }) };
}

/** The axes of ImageJ's or tifffile's description with more than one plane, the slowest first. */
function longAxes(description: string): (readonly [Axis, number])[] | undefined {
  const described = imagejPlanes(description) ?? namedPlanes(tifffilePlanes(description));
  return described?.filter(([, extent]) => extent > 1);
}

/** What ImageJ's or tifffile's description says of the pages, without extents of 1; undefined where it does not account for every page. */
export function describedPlanes(description: string, pageCount: number): PlaneAxes | undefined {
  const long = longAxes(description);
  if (!long || long.reduce((count, [, extent]) => count * extent, 1) !== pageCount) return undefined;
  return { axes: long.map(([axis]) => axis), shape: long.map(([, extent]) => extent) };
}

function namedPlanes(planes: PlaneAxes | undefined): (readonly [Axis, number])[] | undefined {
  return planes?.axes.map((axis, i) => [axis, planes.shape[i]!] as const);
}
