import { INTEGER_RANGES } from "../../image/image.js";
import { planeIndexAlong } from "../../image/planeSelection.js";
import type { ImageHeader } from "../format.js";
import { type OwnZarr, type OwnZarrDisplay, sourceAxes } from "./ownZarr.js";
import { ownZarrOf, type ZarrLayout } from "./zarrLayout.js";
import { isObject, type JsonObject } from "./zarrNode.js";

/** The attributes of an image, as OME-Zarr 0.4 wants them in Zarr 2, and 0.5 in Zarr 3, with those of its own that the Zarr has from which it comes, and what made it. */
export function imageAttributes(
  header: ImageHeader,
  { omeAxes, levels }: ZarrLayout,
  name: string,
): JsonObject {
  const own = ownZarrOf(header);
  const { version } = levels[0]!.array;
  const { type: _method, metadata: _described, ...others } = own?.multiscales.others ?? {};
  const multiscales = [
    {
      ...(version === 2 && { version: "0.4" }),
      name: name.split(/[/\\]/).findLast((part) => part !== "") ?? name,
      ...others,
      axes: omeAxes,
      datasets: levels.map(({ path, scale, translation }) => {
        return {
          path,
          coordinateTransformations: [
            { type: "scale", scale },
            ...(translation ? [{ type: "translation", translation }] : []),
          ],
        };
      }),
      ...(levels.length > 1 && { type: "mean" }),
    },
  ];
  const omero = omeroOf(header, own);
  const described = { multiscales, ...(omero && { omero }) };
  const { software, details = [] } = header.provenance ?? {};
  const denoised = software !== undefined && {
    denoised: { Software: software, ...Object.fromEntries(details) },
  };
  return version === 2
    ? { ...own?.attributes, ...denoised, ...described }
    : { ...own?.attributes, ...denoised, ome: { version: "0.5", ...described } };
}

/** Colours of channels, in the order in which people expect them; one channel is white. */
const COLOURS = ["0000FF", "00FF00", "FF0000", "FF00FF", "00FFFF", "FFFF00"];

/** How the channels are called and displayed: as in the Zarr, of the channels that are written; else by what all formats have words for. */
function omeroOf(header: ImageHeader, own: OwnZarr | undefined): JsonObject | undefined {
  const { channels: names, channelColours: colours, displayRanges, own: part } = header.metadata ?? {};
  // Nobody but `openZarr` makes an own part of this name.
  const omero = own && (part?.display as OwnZarrDisplay | undefined)?.omero;
  if (own && isObject(omero) && Array.isArray(omero.channels)) {
    const all: readonly unknown[] = omero.channels;
    const channels = writtenAlong("C", header, own).flatMap((index) => all[index] ?? []);
    // Of a plain stack of several channels, none is that of all pages.
    if (channels.length === (header.shape[header.axes.indexOf("C")] ?? 1)) {
      const { rdefs, ...others } = omero;
      return {
        ...others,
        channels,
        ...(rdefs !== undefined && { rdefs: isObject(rdefs) ? shownPlane(rdefs, header, own) : rdefs }),
      };
    }
  }
  const count = header.shape[header.axes.indexOf("C")] ?? 1;
  if (names?.length !== count && displayRanges === undefined) return undefined;
  const range = header.dtype === "float32" ? undefined : INTEGER_RANGES[header.dtype];
  return {
    channels: Array.from({ length: count }, (_, i) => {
      const shown = displayRanges?.[displayRanges.length === 1 ? 0 : i];
      const [min, max] = range ?? shown ?? [0, 1];
      return {
        ...(names?.[i] !== undefined && { label: names[i] }),
        active: true,
        color: colours?.[i]?.slice(1).toUpperCase() ?? (count === 1 ? "FFFFFF" : COLOURS[i % COLOURS.length]),
        ...(shown && { window: { start: shown[0], end: shown[1], min, max } }),
      };
    }),
  };
}

/** The plane that is shown first, by its indices among those that are written; none where it is not, or where several are written to an index. */
function shownPlane(rdefs: JsonObject, header: ImageHeader, own: OwnZarr): JsonObject {
  const { defaultZ, defaultT, ...others } = rdefs;
  const moved = (axis: "Z" | "T", index: unknown): number | undefined => {
    const written = writtenAlong(axis, header, own);
    if (written.length !== (header.shape[header.axes.indexOf(axis)] ?? 1)) return undefined;
    const at = typeof index === "number" ? written.indexOf(index) : -1;
    return at < 0 ? undefined : at;
  };
  const [Z, T] = [moved("Z", defaultZ), moved("T", defaultT)];
  return { ...others, ...(T !== undefined && { defaultT: T }), ...(Z !== undefined && { defaultZ: Z }) };
}

/** The indices along an axis of the Zarr that are written, in order; that of an axis that it has not is 0. */
function writtenAlong(axis: "C" | "Z" | "T", header: ImageHeader, { array, multiscales }: OwnZarr): number[] {
  const axes = sourceAxes(multiscales.axes).slice(0, -2);
  const shape = axes.map((one) => array.shape[multiscales.axes.indexOf(one)]!);
  const { planes } = header.metadata?.own ?? {};
  const count = shape[axes.indexOf(axis)] ?? 1;
  if (!planes) return Array.from({ length: count }, (_, i) => i);
  return [...new Set([...planes].map((plane) => planeIndexAlong({ axes, shape }, axis, plane)))];
}
