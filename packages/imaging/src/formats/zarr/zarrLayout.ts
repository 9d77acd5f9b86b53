import type { PixelType } from "../../image/image.js";
import { planeIndexAlong } from "../../image/planeSelection.js";
import { type Axis, axisNames } from "../../image/source.js";
import type { ImageHeader } from "../format.js";
import { bloscShuffle, type ZarrCodec } from "./compressors.js";
import { calibrationOfAxes, type OmeAxis, omeUnit } from "./multiscales.js";
import { type OwnZarr, sourceAxes } from "./ownZarr.js";
import { ELEMENT_BYTES, fits, type ZarrArray } from "./zarrArray.js";

/** One of the sizes in which an image is written. */
export interface LevelLayout {
  readonly path: string;
  readonly array: ZarrArray;
  /** So many pixels of the size before become one, along each axis. */
  readonly factors: readonly number[];
  readonly scale: readonly number[];
  /** Where there is one in the Zarr that the image comes from. */
  readonly translation?: readonly number[];
}

/** How an image is written: like the Zarr that it comes from. */
export interface ZarrLayout {
  /** In the order that OME-Zarr wants. */
  readonly axes: readonly Axis[];
  readonly omeAxes: readonly OmeAxis[];
  /** The full size first. */
  readonly levels: readonly LevelLayout[];
}

/** Bytes of chunks that are in memory until their last page has come; chunks that are deeper are written with fewer pages. */
const OPEN_BYTES = 2 ** 28;

/** Rows and columns of chunks, and the largest page without smaller copies, where there is no Zarr to be like. */
const CHUNK_EXTENT = 1024;

/** The part of the metadata that only Zarr has, where the image comes from one. */
export function ownZarrOf({ metadata }: ImageHeader): OwnZarr | undefined {
  // Nobody but `openZarr` makes an own part of this name.
  return metadata?.own?.format === "OME-Zarr" ? (metadata.own.calibration as OwnZarr) : undefined;
}

/** How an image of this header is written. */
export function zarrLayoutOf(header: ImageHeader): ZarrLayout {
  const own = ownZarrOf(header);
  const axes = axisNames.filter((axis) => header.axes.includes(axis));
  const shape = axes.map((axis) => header.shape[header.axes.indexOf(axis)]!);
  const calibration = header.metadata?.calibration ?? {};
  const ownSteps = own ? calibrationOfAxes(own.multiscales) : {};
  // Planes that are no block of the axes are a plain stack, along which no step is true.
  const isOwn = (axis: Axis): boolean =>
    !header.metadata?.own?.planes || !ownSteps[axis] || calibration[axis] !== undefined;
  const ofOwn = <T>(values: readonly T[] | undefined, axis: Axis): T | undefined =>
    own && isOwn(axis) ? values?.[own.multiscales.axes.indexOf(axis)] : undefined;
  const omeAxes = axes.map(
    (axis) => ofOwn(own?.multiscales.omeAxes, axis) ?? newAxis(axis, calibration[axis]?.unit),
  );
  const array = fullArray(header, axes, shape, own);
  const scale = axes.map(
    (axis) => ofOwn(own?.multiscales.datasets[0]?.scale, axis) ?? calibration[axis]?.step ?? 1,
  );
  const translation = translationOf(header, axes, scale, own);
  const levels: LevelLayout[] = [
    { path: pathOf(own, 0), array, factors: axes.map(() => 1), scale, ...(translation && { translation }) },
  ];
  const count = own?.multiscales.datasets.length ?? newLevelCount(shape);
  while (levels.length < count) {
    const before = levels.at(-1)!;
    const factors = axes.map((axis, i) =>
      Math.min(factorOf(own, axis, levels.length), before.array.shape[i]!),
    );
    if (factors.every((factor) => factor === 1)) break;
    const smaller = before.array.shape.map((size, i) => Math.floor(size / factors[i]!));
    const steps = before.scale.map((step, i) => step * factors[i]!);
    levels.push({
      ...{ path: pathOf(own, levels.length), array: { ...array, shape: smaller }, factors, scale: steps },
      // The centre of the first block of pixels.
      ...(translation && { translation: translation.map((at, i) => at + (steps[i]! - scale[i]!) / 2) }),
    });
  }
  return { axes, omeAxes, levels };
}

const TYPES: Readonly<Record<Axis, string>> = { T: "time", C: "channel", Z: "space", Y: "space", X: "space" };

function newAxis(axis: Axis, unit: string | undefined): OmeAxis {
  return { name: axis.toLowerCase(), type: TYPES[axis], ...(unit !== undefined && { unit: omeUnit(unit) }) };
}

function fullArray(
  header: ImageHeader,
  axes: readonly Axis[],
  shape: readonly number[],
  own: OwnZarr | undefined,
): ZarrArray {
  const { dtype } = header;
  if (!own) {
    const extents = shape.map((size, i) => (i < shape.length - 2 ? 1 : Math.min(size, CHUNK_EXTENT)));
    return {
      ...{ version: 2, shape, chunks: extents, dataType: dtype, fill: 0, bigEndian: false },
      ...{ compressors: newCompressors(header.compression), separator: "/", prefix: false },
    };
  }
  const { order: _stored, sharding, fill, ...array } = own.array;
  const along = (extents: readonly number[], axis: Axis): number =>
    extents[own.multiscales.axes.indexOf(axis)] ?? 1;
  const chunks = fitting(
    header,
    axes,
    axes.map((axis) => along(array.chunks, axis)),
  );
  return {
    ...array,
    ...{ shape, chunks, dataType: dtype, bigEndian: false },
    fill: fits(Number(fill), dtype) ? fill : 0,
    compressors: array.compressors.map((codec) => ofType(codec, dtype)),
    ...(sharding && {
      sharding: {
        shape: axes.map((axis) => along(sharding.shape, axis)),
        index: { ...sharding.index, bigEndian: false },
      },
    }),
  };
}

function newCompressors(compression: ImageHeader["compression"]): ZarrCodec[] {
  if (compression === "none") return [];
  return compression === "deflate"
    ? [{ name: "zlib", configuration: { level: 6 } }]
    : [{ name: "blosc", configuration: { cname: "lz4", clevel: 5, shuffle: 1, blocksize: 0 } }];
}

/** Blosc is told the bytes of a pixel in version 3, and in both how their bytes are put in order: what left the choice to the program that wrote it is what that one chooses. */
function ofType({ name, configuration }: ZarrCodec, dtype: PixelType): ZarrCodec {
  const typesize = ELEMENT_BYTES[dtype];
  return {
    name,
    configuration: {
      ...configuration,
      ...(configuration.typesize !== undefined && { typesize }),
      ...(name === "blosc" && bloscShuffle(configuration.shuffle, typesize)),
    },
  };
}

/** Extents of chunks of which, as pages come in the order of the header, not more have to be in memory than fit. */
function fitting(header: ImageHeader, axes: readonly Axis[], wanted: readonly number[]): number[] {
  const chunks = [...wanted];
  const outer = header.axes.slice(0, -2);
  const chunkOf = (axis: Axis): number => chunks[axes.indexOf(axis)]!;
  const extentOf = (axis: Axis): number => header.shape[header.axes.indexOf(axis)]!;
  const padded = (axis: Axis): number => Math.ceil(extentOf(axis) / chunkOf(axis)) * chunkOf(axis);
  const page = ELEMENT_BYTES[header.dtype] * padded("Y") * padded("X");
  for (;;) {
    const first = outer.findIndex((axis) => chunkOf(axis) > 1);
    if (first < 0) return chunks;
    const deepest = outer[first]!;
    const pages = outer.slice(first + 1).reduce((count, axis) => count * padded(axis), chunkOf(deepest));
    if (pages * page <= OPEN_BYTES) return chunks;
    // The next divisor, so that shards remain multiples.
    const size = chunkOf(deepest);
    let smaller = Math.floor(size / 2);
    while (size % smaller !== 0) smaller--;
    chunks[axes.indexOf(deepest)] = smaller;
  }
}

/** Where the first pixel is, where the Zarr says that of its own or where the planes are not its first ones. */
function translationOf(
  header: ImageHeader,
  axes: readonly Axis[],
  scale: readonly number[],
  own: OwnZarr | undefined,
): number[] | undefined {
  if (!own) return undefined;
  const { datasets, axes: ownAxes } = own.multiscales;
  const outer = sourceAxes(ownAxes).slice(0, -2);
  const all = { axes: outer, shape: outer.map((axis) => own.array.shape[ownAxes.indexOf(axis)]!) };
  const first = header.metadata?.own?.planes?.[0] ?? 0;
  const translation = axes.map((axis, i) => {
    const start = axis === "C" ? 0 : planeIndexAlong(all, axis, first);
    return (datasets[0]!.translation?.[ownAxes.indexOf(axis)] ?? 0) + start * scale[i]!;
  });
  const told = datasets.some((dataset) => dataset.translation) || translation.some((at) => at !== 0);
  return told ? translation : undefined;
}

/** By how much a size is smaller than the one before along an axis; 2 for rows and columns where the Zarr does not say. */
function factorOf(own: OwnZarr | undefined, axis: Axis, level: number): number {
  if (axis === "T" || axis === "C") return 1;
  const at = own?.multiscales.axes.indexOf(axis) ?? -1;
  const [before, here] = [level - 1, level].map((k) => own?.multiscales.datasets[k]?.scale?.[at]);
  const ratio = Math.round((here ?? Number.NaN) / (before ?? Number.NaN));
  if (ratio >= 1 && Number.isFinite(ratio)) return ratio;
  return axis === "Z" ? 1 : 2;
}

/** So many sizes that the smallest has few rows and columns. */
function newLevelCount(shape: readonly number[]): number {
  const longest = Math.max(...shape.slice(-2));
  return 1 + Math.max(0, Math.ceil(Math.log2(longest / CHUNK_EXTENT)));
}

/** As the Zarr calls its arrays, where these are folders of the image's own. */
function pathOf(own: OwnZarr | undefined, level: number): string {
  const paths = own?.multiscales.datasets.map(({ path }) => path) ?? [];
  const usable = paths.every((path, i) => /^[^/]+$/.test(path) && paths.indexOf(path) === i);
  return (usable && paths[level]) || String(level);
}
