import type { AxisCalibration, ImageMetadata } from "../../image/metadata.js";
import { type Axis, pageCountOf } from "../../image/source.js";
import type { ImageHeader } from "../format.js";
import type { ImagejRecord } from "./imagejMetadata.js";
import type { TiffMetadata } from "./tiffMetadata.js";

/** Whether a description is ImageJ's. */
export function isImagej(description: string): boolean {
  return description.startsWith("ImageJ=");
}

type Resolution = Pick<TiffMetadata, "xResolution" | "yResolution">;

/** The steps of X and Y that the resolution tags give in a unit. */
export function resolutionSteps(
  { xResolution, yResolution }: Resolution,
  unit: string,
): Partial<Record<Axis, AxisCalibration>> {
  const step = ([pixels, length]: readonly [number, number]) =>
    pixels > 0 && length > 0 ? { step: length / pixels, unit } : undefined;
  const [y, x] = [yResolution && step(yResolution), xResolution && step(xResolution)];
  return { ...(y && { Y: y }), ...(x && { X: x }) };
}

/** What an ImageJ file says in the terms of all formats: steps where it names a unit, displayed ranges, and the image's info as text. */
export function imagejImageMetadata(tiff: TiffMetadata): ImageMetadata {
  const { description = "", imagej = [] } = tiff;
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}=(.*)$`, "m").exec(description)?.[1]?.trim();
  const unit = value("unit")?.replaceAll(/\\u([\da-fA-F]{4})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const named = unit !== undefined && !/^(|pixels?)$/.test(unit);
  const plain = unit?.replace(/^([\u00b5\u03bc]m|microns?)$/, "um") ?? "";
  const [spacing, interval] = [Number(value("spacing")), Number(value("finterval"))];
  const calibration = {
    ...(interval > 0 && { T: { step: interval, unit: value("tunit")?.replace(/^sec$/, "s") ?? "s" } }),
    ...(named && spacing > 0 && { Z: { step: spacing, unit: plain } }),
    ...(named && resolutionSteps(tiff, plain)),
  };
  const displayRanges = rangesOf(imagej) ?? wholeRange(Number(value("min")), Number(value("max")));
  const info = imagej.find(({ type }) => type === "info");
  return {
    ...(Object.keys(calibration).length > 0 && { calibration }),
    ...(displayRanges && { displayRanges }),
    ...(info && { text: new TextDecoder("utf-16le").decode(info.bytes) }),
  };
}

function wholeRange(low: number, high: number): readonly (readonly [number, number])[] | undefined {
  return low < high ? [[low, high]] : undefined;
}

function rangesOf(records: readonly ImagejRecord[]): (readonly [number, number])[] | undefined {
  const record = records.find(({ type }) => type === "rang");
  if (!record) return undefined;
  const view = new DataView(record.bytes.buffer, record.bytes.byteOffset, record.bytes.byteLength);
  return Array.from({ length: Math.floor(record.bytes.length / 16) }, (_, i) => [
    view.getFloat64(16 * i, true),
    view.getFloat64(16 * i + 8, true),
  ]);
}

/**
 * ImageJ's description of what is going to be written; undefined where ImageJ has no words for it: planes in another order than channels next to each other,
 * then slices, then frames; names of channels; several units of length; times in other units than seconds.
 */
export function describeAsImagej(header: ImageHeader): TiffMetadata | undefined {
  const { axes, shape, metadata: { calibration = {}, channels, displayRanges, text } = {} } = header;
  const planes = axes.slice(0, -2).filter((_, i) => shape[i]! > 1);
  const inOrder = planes
    .map((axis) => "TZC".indexOf(axis))
    .every((at, i, all) => i === 0 || at > all[i - 1]!);
  const { T, Z, Y, X } = calibration;
  const units = new Set([Z, Y, X].flatMap((axis) => (axis ? [axis.unit] : [])));
  if (!inOrder || channels || units.size > 1 || (T && !/^s(ec)?$/.test(T.unit)) || (X && !Y) || (Y && !X)) {
    return undefined;
  }
  const count = (axis: Axis): number => shape[axes.indexOf(axis)] ?? 1;
  const pages = pageCountOf(header);
  const [unit] = units;
  const oneRange = displayRanges?.length === 1 ? displayRanges[0] : undefined;
  const lines = [
    "ImageJ=1.54f",
    ...(pages > 1 ? [`images=${pages}`] : []),
    ...(count("C") > 1 ? [`channels=${count("C")}`] : []),
    ...(count("Z") > 1 ? [`slices=${count("Z")}`] : []),
    ...(count("T") > 1 ? [`frames=${count("T")}`] : []),
    ...(planes.length > 1 ? ["hyperstack=true"] : []),
    ...(count("C") > 1 ? ["mode=grayscale"] : []),
    ...(unit === undefined ? [] : [`unit=${plainLetters(unit)}`]),
    ...(Z ? [`spacing=${Z.step}`] : []),
    ...(T ? [`finterval=${T.step}`] : []),
    ...(pages > 1 ? ["loop=false"] : []),
    ...(oneRange ? [`min=${oneRange[0]}`, `max=${oneRange[1]}`] : []),
  ];
  const imagej: ImagejRecord[] = [
    ...(text === undefined ? [] : [{ type: "info" as const, bytes: utf16(text) }]),
    ...(displayRanges && displayRanges.length > 1
      ? [{ type: "rang" as const, bytes: new Uint8Array(Float64Array.from(displayRanges.flat()).buffer) }]
      : []),
  ];
  return {
    description: `${lines.join("\n")}\n`,
    ...(X && { xResolution: resolutionOf(X.step) }),
    ...(Y && { yResolution: resolutionOf(Y.step) }),
    ...((X || Y) && { resolutionUnit: 1 }),
    ...(imagej.length > 0 && { imagej }),
  };
}

/** Other letters than ASCII as ImageJ writes them. */
function plainLetters(text: string): string {
  return text.replaceAll(
    /[^ -~]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
}

function utf16(text: string): Uint8Array {
  return new Uint8Array(Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)).buffer);
}

/** A step as so many pixels on so many units, both of 32 bits: exact for decimal fractions. */
function resolutionOf(step: number): readonly [pixels: number, units: number] {
  let pixels = 1;
  const far = (units: number): boolean => Math.abs(units - Math.round(units)) > 1e-9 * units;
  while (far(step * pixels) && pixels < 1e9 && step * pixels * 10 < 2 ** 32) pixels *= 10;
  return [pixels, Math.max(1, Math.round(step * pixels))];
}
