import { type PlaneAxes, planeIndexAlong, selectPlanes } from "../../image/planeSelection.js";
import { regionOfPlanes } from "./imagejRegions.js";

/** One record of ImageJ's private metadata; numbers in it are little-endian. */
export interface ImagejRecord {
  readonly type: ImagejRecordType;
  readonly bytes: Uint8Array;
}

/** Bytes of the numbers (UTF-16 characters, doubles) that each record consists of. */
const ELEMENT_BYTES = {
  /** The image's info, its properties and the labels of its slices: text. */
  info: 2,
  prop: 2,
  labl: 2,
  /** Lowest and highest displayed value of each channel. */
  rang: 8,
  /** A lookup table per channel. */
  luts: 1,
  "roi ": 1,
  over: 1,
  plot: 1,
} as const;
type ImagejRecordType = keyof typeof ELEMENT_BYTES;

const MAGIC = 0x494a494a;

/**
 * The records in TIFF tags 50838 (`counts`: bytes of the header and of each record) and 50839 (`bytes`). A header names each type and how many records of it follow.
 * Types that are not known are left out, as are all records where the header or the counts do not fit.
 */
export function decodeImagejMetadata(
  counts: ArrayLike<number>,
  bytes: Uint8Array,
  littleEndian: boolean,
): ImagejRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = counts[0] ?? 0;
  const total = Array.from(counts).reduce((a, b) => a + b, 0);
  if (headerBytes < 12 || total > bytes.length || view.getUint32(0, littleEndian) !== MAGIC) return [];
  const records: ImagejRecord[] = [];
  let at = headerBytes;
  let next = 1;
  for (let entry = 4; entry + 8 <= headerBytes; entry += 8) {
    const name = typeName(view.getUint32(entry, littleEndian));
    const type = recordTypes.find((known) => known === name);
    for (let k = view.getUint32(entry + 4, littleEndian); k > 0; k--) {
      const length = counts[next++];
      if (length === undefined) return [];
      const record = bytes.slice(at, at + length);
      at += length;
      if (type !== undefined) {
        records.push({ type, bytes: littleEndian ? record : swapped(record, ELEMENT_BYTES[type]) });
      }
    }
  }
  return records;
}

/** The tags' values for a little-endian file. */
export function encodeImagejMetadata(records: readonly ImagejRecord[]): {
  readonly counts: readonly number[];
  readonly bytes: Uint8Array;
} {
  const sorted = recordTypes.flatMap((type) => records.filter((record) => record.type === type));
  const types = recordTypes.filter((type) => sorted.some((record) => record.type === type));
  const header = new Uint8Array(4 + 8 * types.length);
  const view = new DataView(header.buffer);
  view.setUint32(0, MAGIC, true);
  types.forEach((type, i) => {
    view.setUint32(4 + 8 * i, typeCode(type), true);
    view.setUint32(8 + 8 * i, sorted.filter((record) => record.type === type).length, true);
  });
  const parts = [header, ...sorted.map((record) => record.bytes)];
  const counts = parts.map(({ length }) => length);
  const bytes = new Uint8Array(counts.reduce((a, b) => a + b));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { counts, bytes };
}

/**
 * The records that are true of some of the planes they were written for: text; the labels of these planes and the regions on them; displayed ranges and lookup tables of their
 * channels, or where there is one for all.
 */
export function recordsOfPlanes(
  records: readonly ImagejRecord[],
  image: PlaneAxes,
  planes: Uint32Array,
): ImagejRecord[] {
  const channels = channelsOfPlanes(image, planes);
  const selection = selectPlanes(image, planes);
  const ofType = (type: ImagejRecordType): ImagejRecord[] => records.filter((record) => record.type === type);
  const labels = ofType("labl");
  const empty: ImagejRecord = { type: "labl", bytes: new Uint8Array() };
  const kept = labels.length === 0 ? [] : [...planes].map((plane) => labels[plane] ?? empty);
  const tables = ofType("luts");
  const ranges = rangesOf(records);
  const ofChannels = <T>(values: readonly T[]): readonly T[] =>
    values.length === 1 ? values : (channels ?? []).flatMap((channel) => values[channel] ?? []);
  const ofAll = records.flatMap((record): readonly ImagejRecord[] => {
    const { type, bytes } = record;
    if (type === "labl" || type === "luts" || type === "rang") return [];
    if (type !== "roi " && type !== "over") return [record];
    const region = regionOfPlanes(bytes, image, selection);
    return region ? [{ type, bytes: region }] : [];
  });
  return [...ofAll, ...kept, ...ofChannels(tables), ...rangeRecord(ofChannels(ranges))];
}

/** Whether a record says nothing of planes or channels: the image's info and its properties. */
export const isOfWholeImage = ({ type }: ImagejRecord): boolean => type === "info" || type === "prop";

/** The channels of planes in ascending order; undefined where planes of several are a plain stack, so that none is that of all. */
export function channelsOfPlanes(image: PlaneAxes, planes: Uint32Array): number[] | undefined {
  const channels = [...new Set([...planes].map((plane) => planeIndexAlong(image, "C", plane)))];
  if (channels.length > 1 && !selectPlanes(image, planes).axes.includes("C")) return undefined;
  return channels.toSorted((a, b) => a - b);
}

/** The colour of the brightest pixels of each channel, `#rrggbb`: the last one of its lookup table, which is all red, then all green, then all blue values; none where there are no tables. */
export function coloursOf(records: readonly ImagejRecord[]): string[] {
  const tables = records.filter(({ type, bytes }) => type === "luts" && bytes.length === 768);
  return tables.map(
    ({ bytes }) => `#${[255, 511, 767].map((i) => bytes[i]!.toString(16).padStart(2, "0")).join("")}`,
  );
}

/** Lowest and highest displayed value of each channel; none where there is no such record. */
export function rangesOf(records: readonly ImagejRecord[]): (readonly [number, number])[] {
  const record = records.find(({ type }) => type === "rang");
  if (!record) return [];
  const view = new DataView(record.bytes.buffer, record.bytes.byteOffset, record.bytes.byteLength);
  return Array.from({ length: Math.floor(record.bytes.length / 16) }, (_, i) => [
    view.getFloat64(16 * i, true),
    view.getFloat64(16 * i + 8, true),
  ]);
}

/** The record of displayed ranges, none where there are none. */
export function rangeRecord(ranges: readonly (readonly [number, number])[]): ImagejRecord[] {
  if (ranges.length === 0) return [];
  return [{ type: "rang", bytes: new Uint8Array(Float64Array.from(ranges.flat()).buffer) }];
}

// The keys of an object literal are the union that the literal has.
const recordTypes = Object.keys(ELEMENT_BYTES) as ImagejRecordType[];

function typeCode(type: ImagejRecordType): number {
  return [...type].reduce((code, character) => code * 256 + character.charCodeAt(0), 0);
}

function typeName(code: number): string {
  return String.fromCharCode(code >>> 24, (code >>> 16) & 255, (code >>> 8) & 255, code & 255);
}

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const out = bytes.slice();
  for (let at = 0; width > 1 && at + width <= out.length; at += width) out.subarray(at, at + width).reverse();
  return out;
}
