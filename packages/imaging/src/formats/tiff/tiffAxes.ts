import type { PlaneAxes } from "../../image/planeSelection.js";
import type { Axis } from "../../image/source.js";
import { imagejPlanes } from "./imagejDescription.js";
import { type OmePlace, omePlanes } from "./omePlanes.js";
import { tifffilePlanes } from "./tifffileDescription.js";

/** How the pages of a file lie along axes. */
export interface FilePlanes extends PlaneAxes {
  /** The page of each plane, where planes lie in another order than their pages. */
  readonly pages?: Uint32Array;
  /** Where each plane belongs in OME's description. */
  readonly places?: readonly OmePlace[];
}

/** How a description that accounts for every page says that they lie; else T, or nothing for a single page. */
export function planesOf(description: string | undefined, pageCount: number): FilePlanes {
  const stack: PlaneAxes = pageCount > 1 ? { axes: ["T"], shape: [pageCount] } : { axes: [], shape: [] };
  if (description === undefined) return stack;
  return omePlanes(description, pageCount) ?? describedPlanes(description, pageCount) ?? stack;
}

/** What ImageJ's or tifffile's description says of the pages, without extents of 1; undefined where it does not account for every page. */
export function describedPlanes(description: string, pageCount: number): PlaneAxes | undefined {
  const described = imagejPlanes(description) ?? namedPlanes(tifffilePlanes(description));
  const long = described?.filter(([, extent]) => extent > 1);
  if (!long || long.reduce((count, [, extent]) => count * extent, 1) !== pageCount) return undefined;
  return { axes: long.map(([axis]) => axis), shape: long.map(([, extent]) => extent) };
}

function namedPlanes(planes: PlaneAxes | undefined): (readonly [Axis, number])[] | undefined {
  return planes?.axes.map((axis, i) => [axis, planes.shape[i]!] as const);
}
