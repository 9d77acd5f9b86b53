import type { Axis } from "../../image/source.js";
import type { Multiscales } from "./multiscales.js";
import type { ZarrArray } from "./zarrArray.js";
import type { JsonObject } from "./zarrNode.js";

/** What a Zarr says besides its pixels and what all formats have words for; kept as the metadata's own part, so that a result is written like it. */
export interface OwnZarr {
  /** The array of the full size. */
  readonly array: ZarrArray;
  readonly multiscales: Multiscales;
  /** Attributes of the image that OME-Zarr has not defined, of the group and of the array of the full size. */
  readonly attributes: JsonObject;
  readonly arrayAttributes: JsonObject;
}

/** What speaks of its grey values. */
export interface OwnZarrDisplay {
  readonly omero?: unknown;
}

/** The axes of a source of this array: those of the array, with Y and X last. */
export function sourceAxes(axes: readonly Axis[]): Axis[] {
  return [...axes.filter((axis) => axis !== "Y" && axis !== "X"), "Y", "X"];
}
