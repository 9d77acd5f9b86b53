import type { PlaneAxes } from "../../image/planeSelection.js";
import type { Axis } from "../../image/source.js";
import { imagejPlanes } from "./imagejDescription.js";
import type { OmePlace } from "./omePlanes.js";
import { tifffilePlanes, unnamedExtents } from "./tifffileDescription.js";

/** How the pages of a file lie along axes. */
export interface FilePlanes extends PlaneAxes {
  /** The page of each plane, where planes lie in another order than their pages. */
  readonly pages?: Uint32Array;
  /** Where each plane belongs in OME's description. */
  readonly places?: readonly OmePlace[];
  /** Of a plain stack: the axes along which its pages are known to differ, though not where each page is along them. */
  readonly mixed?: readonly Axis[];
  /** Of a plain stack: the extents of several axes that its pages lie along, which are not named. */
  readonly unnamed?: readonly number[];
}

/**
 * How ImageJ's or tifffile's description that accounts for every page says that they lie; one of several axes also where there are fewer or more steps of the slowest, as of an acquisition that was
 * stopped. Else as `undescribed` says: T, or nothing for a single page.
 */
export function planesOf(
  description: string | undefined,
  pageCount: number,
  undescribed: PlaneAxes = pageCount > 1 ? { axes: ["T"], shape: [pageCount] } : { axes: [], shape: [] },
): FilePlanes {
  if (description === undefined) return undescribed;
  return (
    describedPlanes(description, pageCount) ??
    unnamedPlanes(description, pageCount, undescribed) ??
    otherwiseDescribed(description, pageCount) ??
    undescribed
  );
}

/** Pages along several axes that are not named. Samples, the last of these, are channels all the same. */
function unnamedPlanes(
  description: string,
  pageCount: number,
  undescribed: PlaneAxes,
): FilePlanes | undefined {
  const extents = unnamedExtents(description);
  if (extents.length < 2 || extents.reduce((a, b) => a * b) !== pageCount) return undefined;
  const channels = undescribed.shape[undescribed.axes.indexOf("C")];
  if (channels !== extents.at(-1)) return { axes: ["T"], shape: [pageCount], unnamed: extents };
  return extents.length > 2 ? { ...undescribed, unnamed: extents.slice(0, -1) } : undescribed;
}

/** Pages that a description of several axes does not account for. Channels that lie next to each other are told apart in any case. */
function otherwiseDescribed(description: string, pageCount: number): FilePlanes | undefined {
  const [slowest, ...others] = longAxes(description) ?? [];
  if (!slowest || others.length === 0) return undefined;
  const step = others.reduce((count, [, extent]) => count * extent, 1);
  const axes = [slowest, ...others].map(([axis]) => axis);
  const [fastest, extent] = others.at(-1)!;
  if (pageCount % step > 0 && fastest === "C" && pageCount % extent === 0) {
    return { axes: ["T", "C"], shape: [pageCount / extent, extent], mixed: axes.slice(0, -1) };
  }
  if (pageCount % step > 0) return { axes: ["T"], shape: [pageCount], mixed: axes };
  const steps = pageCount / step;
  const shape = [steps, ...others.map(([, count]) => count)];
  return steps > 1 ? { axes, shape } : { axes: axes.slice(1), shape: shape.slice(1) };
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
