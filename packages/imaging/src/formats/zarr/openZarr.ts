import { ByteCache } from "../../image/byteCache.js";
import type { PageRange } from "../../image/fileSpec.js";
import { type PixelArrays, type PixelType, pixelArray } from "../../image/image.js";
import { InputError } from "../../image/inputError.js";
import type { ImageMetadata } from "../../image/metadata.js";
import { PageRoundings, Rounding } from "../../image/rounding.js";
import { selectPages } from "../../image/selectPages.js";
import {
  type Axis,
  type AxisRange,
  type ImageSource,
  type ReadOptions,
  resolveRegion,
} from "../../image/source.js";
import type { FileStore } from "../fileStore.js";
import { type ChunkReader, chunkReader } from "./chunkReader.js";
import { chunkRounding, pixelTypeOf } from "./chunkValues.js";
import { findImage } from "./findImage.js";
import { calibrationOfAxes, channelsOf, type Multiscales, omeAttributes } from "./multiscales.js";
import { type OwnZarr, type OwnZarrDisplay, sourceAxes } from "./ownZarr.js";
import { ELEMENT_BYTES, type ZarrArray, zarrArrayOf } from "./zarrArray.js";
import { isObject, type JsonObject, readNode, type ZarrNode } from "./zarrNode.js";

/** Bytes of decoded chunks that are kept where a chunk is deeper than a page, so that it is not decoded for each of its pages. */
const CHUNK_CACHE_BYTES = 2 ** 28;

/** Chunks are read at the same time, as many as do not fill memory and as a server likes. */
const MOST_AT_ONCE = 8;

/** Opens an OME-Zarr: the full size of its image. What the folder has instead of one is said in a sentence. */
export async function openZarr(
  files: FileStore,
  name: string,
  pages?: PageRange,
  cacheBytes: number = CHUNK_CACHE_BYTES,
): Promise<ImageSource> {
  const { node, path: group, multiscales, notes } = await findImage(files, name);
  const path = [group, multiscales.datasets[0]!.path].filter((part) => part !== "").join("/");
  const arrayName = `${name}/${path}`;
  const arrayNode = await readNode(files, name, path);
  if (arrayNode?.kind !== "array") throw new InputError(`${name} is damaged: there is no array ${arrayName}`);
  const array = zarrArrayOf(arrayNode, arrayName);
  if (array.shape.length !== multiscales.axes.length) {
    const named = multiscales.omeAxes.map((axis) => axis.name).join(", ");
    throw new InputError(
      `${name} is damaged: its axes are ${named}, the shape of ${arrayName} is [${array.shape.join()}]`,
    );
  }
  const source = zarrSource(
    name,
    array,
    multiscales,
    chunkReader(files, array, path, name),
    { ...metadataOf(node, arrayNode, array, multiscales), ...(notes && { notes }) },
    cacheBytes,
  );
  return selectPages({ ...source, software: async () => softwareOf(node) }, pages);
}

/** What `imageAttributes` has written. */
function softwareOf({ attributes: { denoised } }: ZarrNode): string | undefined {
  return isObject(denoised) && typeof denoised.Software === "string" ? denoised.Software : undefined;
}

function metadataOf(
  node: ZarrNode,
  arrayNode: ZarrNode,
  array: ZarrArray,
  multiscales: Multiscales,
): ImageMetadata {
  const calibration = calibrationOfAxes(multiscales);
  const own: OwnZarr = {
    array,
    multiscales,
    attributes: othersOf(node.attributes),
    arrayAttributes: arrayNode.attributes,
  };
  const { omero } = omeAttributes(node);
  const display: OwnZarrDisplay = omero === undefined ? {} : { omero };
  return {
    ...(Object.keys(calibration).length > 0 && { calibration }),
    ...channelsOf(node, array.shape[multiscales.axes.indexOf("C")] ?? 1),
    // xarray's, in the units of the pixels.
    ...(typeof arrayNode.attributes._FillValue === "number" && { nodata: arrayNode.attributes._FillValue }),
    own: { format: "OME-Zarr", calibration: own, display },
  };
}

/** Attributes that OME-Zarr has defined, or that would not be true of an image alone. */
const DEFINED = ["ome", "multiscales", "omero", "labels", "plate", "well", "bioformats2raw.layout"];

function othersOf(attributes: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !DEFINED.includes(key)));
}

function zarrSource(
  name: string,
  array: ZarrArray,
  { axes: arrayAxes }: Multiscales,
  readChunk: ChunkReader,
  metadata: ImageMetadata,
  cacheBytes: number,
): ImageSource {
  const axes = sourceAxes(arrayAxes);
  // Of each axis of the source, that of the array.
  const inArray = axes.map((axis) => arrayAxes.indexOf(axis));
  const shape = inArray.map((axis) => array.shape[axis]!);
  const chunks = inArray.map((axis) => Math.min(array.chunks[axis]!, array.shape[axis]!));
  const dtype = pixelTypeOf(array.dataType);
  const strides = stridesOf(array.chunks);
  const chunkBytes = ELEMENT_BYTES[array.dataType] * array.chunks.reduce((a, b) => a * b, 1);
  const atOnce = Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(CHUNK_CACHE_BYTES / chunkBytes)));
  const isDeep = chunks.slice(0, -2).some((size) => size > 1);
  const kept = isDeep ? new ByteCache(cacheBytes).part() : undefined;
  const [y, x] = [arrayAxes.indexOf("Y"), arrayAxes.indexOf("X")];
  const perRow = Math.ceil(array.shape[x]! / array.chunks[x]!);
  const roundings = array.dataType === "float64" ? new PageRoundings() : undefined;
  const mostKept = cacheBytes / pixelBytes(dtype, array.chunks);
  const chunkAt = (place: readonly number[], options: ReadOptions): Promise<PixelArrays[PixelType]> => {
    // Of pages that have more chunks than fit, always the same are kept: of those used last, none would be there when its turn comes again.
    const isKept = place[y]! * perRow + place[x]! < mostKept;
    // No signal goes to what others may wait for.
    return kept && isKept ? kept.get(place.join(), () => readChunk(place, {})) : readChunk(place, options);
  };

  return {
    ...{ format: "OME-Zarr", name, axes, shape, dtype, chunks, metadata },
    read: async (region = {}, options = {}) => {
      const bounds = resolveRegion({ name, axes, shape }, region);
      const extents = bounds.map(([from, to]) => to - from);
      const data = pixelArray(
        dtype,
        extents.reduce((a, b) => a * b, 1),
      );
      const places = placesOf(array, bounds, inArray);
      const rounding = new Rounding();
      const work = async (): Promise<void> => {
        for (let place = places.pop(); place; place = places.pop()) {
          options.signal?.throwIfAborted();
          const pixels = await chunkAt(place, options);
          const ofChunk = roundings && chunkRounding(pixels);
          if (ofChunk) rounding.merge(ofChunk);
          const corner = place.map((at, axis) => at * array.chunks[axis]!);
          const overlap = bounds.map(([from, to], i): AxisRange => {
            const start = corner[inArray[i]!]!;
            return [Math.max(from, start), Math.min(to, start + array.chunks[inArray[i]!]!)];
          });
          copyBox(
            {
              data: pixels,
              strides: inArray.map((axis) => strides[axis]!),
              corner: inArray.map((axis) => corner[axis]!),
            },
            { data, strides: stridesOf(extents), corner: bounds.map(([from]) => from) },
            overlap,
          );
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      options.signal?.throwIfAborted();
      if (roundings) {
        const page = pageText(axes, bounds);
        const title = page === "" ? name : `${name}: ${page}`;
        const area = extents.slice(0, -2).reduce((a, b) => a * b, shape.at(-2)! * shape.at(-1)!);
        roundings.add(page, title, rounding, data.length, area);
      }
      return { axes, shape: extents, dtype, data };
    },
    close: async () => kept?.clear(),
  };
}

/** Which pages a region is of: "T 3, Z 0". */
function pageText(axes: readonly Axis[], bounds: readonly AxisRange[]): string {
  return axes
    .slice(0, -2)
    .map((axis, i) => {
      const [from, to] = bounds[i]!;
      return `${axis} ${from}${to - from > 1 ? ` to ${to - 1}` : ""}`;
    })
    .join(", ");
}

/** The chunks that a region touches, by their places along the axes of the array; the last comes first. */
function placesOf(
  { chunks }: ZarrArray,
  bounds: readonly AxisRange[],
  inArray: readonly number[],
): number[][] {
  let places: number[][] = [chunks.map(() => 0)];
  for (const [i, [from, to]] of bounds.entries()) {
    const axis = inArray[i]!;
    const first = Math.floor(from / chunks[axis]!);
    const count = Math.ceil(to / chunks[axis]!) - first;
    places = places.flatMap((place) => Array.from({ length: count }, (_, k) => place.with(axis, first + k)));
  }
  return places.reverse();
}

function pixelBytes(dtype: PixelType, extents: readonly number[]): number {
  return ELEMENT_BYTES[dtype] * extents.reduce((a, b) => a * b, 1);
}

function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** Pixels with the indices of the first one along the axes of the source. */
interface Box {
  readonly data: PixelArrays[PixelType];
  readonly strides: readonly number[];
  readonly corner: readonly number[];
}

/** Copies the pixels of an overlap of two boxes, row by row. */
function copyBox(from: Box, to: Box, overlap: readonly AxisRange[]): void {
  const last = overlap.length - 1;
  const visit = (axis: number, fromAt: number, toAt: number): void => {
    const [start, end] = overlap[axis]!;
    const [fromStride, toStride] = [from.strides[axis]!, to.strides[axis]!];
    let source = fromAt + (start - from.corner[axis]!) * fromStride;
    let target = toAt + (start - to.corner[axis]!) * toStride;
    if (axis === last && fromStride === 1) {
      to.data.set(from.data.subarray(source, source + end - start), target);
      return;
    }
    for (let k = start; k < end; k++) {
      if (axis === last) to.data[target] = from.data[source]!;
      else visit(axis + 1, source, target);
      source += fromStride;
      target += toStride;
    }
  };
  visit(0, 0, 0);
}
