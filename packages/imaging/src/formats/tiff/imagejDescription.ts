import type { AxisCalibration, ImageMetadata } from "../../image/metadata.js";
import { type Axis, pageCountOf } from "../../image/source.js";
import type { ImageHeader } from "../format.js";
import { coloursOf, type ImagejRecord, rangeRecord, rangesOf } from "./imagejMetadata.js";
import { numberOf, rational, rationalOf, shorts, TAGS, type Tag } from "./tiffTags.js";

/** Whether a description is ImageJ's. */
export function isImagej(description: string): boolean {
  return description.startsWith("ImageJ=");
}

const COUNTED = /^(channels|slices|frames)=/m;

/** Whether a description is ImageJ's and counts its images without saying what they are. */
export const isImagejStack = (description: string): boolean =>
  isImagej(description) && !COUNTED.test(description);

/**
 * The planes that an ImageJ description counts, the slowest axis first: channels are next to each other, then slices, then frames; images
 * of which it does not say what they are follow one another.
 */
export function imagejPlanes(description: string): readonly (readonly [Axis, number])[] | undefined {
  if (!isImagej(description)) return undefined;
  if (isImagejStack(description)) return [["T", countIn(description, "images")]];
  return (["T", "Z", "C"] as const).map((axis) => [axis, countIn(description, COUNTS[axis])] as const);
}

/** The number of images that an ImageJ description announces; undefined for other descriptions. */
export function imagejPageCount(description: string | undefined): number | undefined {
  return description !== undefined && isImagej(description) ? countIn(description, "images") : undefined;
}

const COUNTS = { C: "channels", Z: "slices", T: "frames" } as const;

function countIn(description: string, key: string): number {
  const match = new RegExp(`^${key}=(\\d+)\\s*$`, "m").exec(description);
  return match ? Number(match[1]) : 1;
}

/**
 * An ImageJ description that counts the planes which are written and says the rest as it did. `ranges` are the displayed ranges of the channels that are written: the description has
 * that of the channel which was looked at last, now that of the first one. `coloured`: there is a lookup table even of a single channel, which ImageJ shows as a composite. `apart`: planes of an image that
 * lacks others, which are not at its distances from one another.
 */
export function imagejDescriptionOf(
  description: string,
  { axes, shape }: Pick<ImageHeader, "axes" | "shape">,
  {
    ranges,
    coloured,
    apart,
  }: {
    readonly ranges: readonly (readonly [number, number])[];
    readonly coloured: boolean;
    readonly apart: boolean;
  },
): string {
  const [display] = ranges;
  const pages = pageCountOf({ shape });
  const extent = (axis: Axis): number => shape[axes.indexOf(axis)] ?? 1;
  const counted = COUNTED.test(description) || extent("C") > 1 || extent("Z") > 1;
  const counts = (["C", "Z", "T"] as const).flatMap((axis) =>
    extent(axis) > 1 && (counted || axis !== "T") ? [`${COUNTS[axis]}=${extent(axis)}`] : [],
  );
  const untrue = [
    "images|channels|slices|frames",
    ...(pages > 1 ? [] : ["hyperstack|loop"]),
    ...(extent("C") > 1 || coloured ? [] : ["mode"]),
    ...(display === undefined ? [] : ["min|max"]),
    ...(apart ? ["spacing|finterval|fps"] : []),
  ].join("|");
  const [first, ...others] = description
    .split("\n")
    .filter((line) => !new RegExp(`^(${untrue})=`).test(line));
  const range = display ? [`min=${display[0]}`, `max=${display[1]}`] : [];
  return [first, ...(pages > 1 ? [`images=${pages}`] : []), ...counts, ...range, ...others].join("\n");
}

/** The steps of X and Y that resolution tags give in a unit, or in one for each. */
export function resolutionSteps(
  tags: readonly Tag[],
  unit: string,
  unitOfY: string = unit,
): Partial<Record<Axis, AxisCalibration>> {
  const step = (wanted: number, of: string): AxisCalibration | undefined => {
    const tag = tags.find((known) => known.tag === wanted);
    const [pixels, length] = (tag && rationalOf(tag)) ?? [0, 0];
    return pixels > 0 && length > 0 ? { step: length / pixels, unit: of } : undefined;
  };
  const [y, x] = [step(TAGS.yResolution, unitOfY), step(TAGS.xResolution, unit)];
  return { ...(y && { Y: y }), ...(x && { X: x }) };
}

/** What an ImageJ file says in the terms of all formats: steps where it names a unit, displayed ranges, and the image's info as text. */
export function imagejImageMetadata(
  description: string,
  imagej: readonly ImagejRecord[],
  tags: readonly Tag[],
): ImageMetadata {
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}=(.*)$`, "m").exec(description)?.[1]?.trim();
  const unit = plainUnit(value("unit"));
  const named = !/^(|pixels?)$/.test(unit);
  // As ImageJ has it: the tags are in cm where they say so, though the description calls the steps um.
  const inCentimetres = value("unit") === "um" && tags.some((tag) => isCentimetre(tag));
  // Those of Y and Z are said where they are others.
  const [unitOfY, unitOfZ] = ["yunit", "zunit"].map((key) => plainUnit(value(key)) || unit) as [
    string,
    string,
  ];
  const [spacing, interval] = [Number(value("spacing")), Number(value("finterval"))];
  const calibration = {
    ...(interval > 0 && { T: { step: interval, unit: value("tunit")?.replace(/^sec$/, "s") ?? "s" } }),
    ...(named && spacing > 0 && { Z: { step: spacing, unit: unitOfZ } }),
    ...(named &&
      (inCentimetres ? inMicrometres(resolutionSteps(tags, "cm")) : resolutionSteps(tags, unit, unitOfY))),
  };
  const ranges = rangesOf(imagej);
  const displayRanges = ranges.length > 0 ? ranges : wholeRange(Number(value("min")), Number(value("max")));
  const colours = coloursOf(imagej);
  const info = imagej.find(({ type }) => type === "info");
  return {
    ...(Object.keys(calibration).length > 0 && { calibration }),
    ...(colours.length > 0 && { channelColours: colours }),
    ...(displayRanges && { displayRanges }),
    ...(info && { text: new TextDecoder("utf-16le").decode(info.bytes) }),
  };
}

const isCentimetre = (tag: Tag): boolean => tag.tag === TAGS.resolutionUnit && numberOf(tag) === 3;

/** Steps in cm as steps in um. */
function inMicrometres(
  steps: Partial<Record<Axis, AxisCalibration>>,
): Partial<Record<Axis, AxisCalibration>> {
  const { X, Y } = steps;
  return {
    ...(Y && { Y: { step: Y.step * 1e4, unit: "um" } }),
    ...(X && { X: { step: X.step * 1e4, unit: "um" } }),
  };
}

/** A unit as ImageJ writes it, escaped; empty where there is none. */
const plainUnit = (written = ""): string =>
  written
    .replaceAll(/\\u([\da-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/^([\u00b5\u03bc]m|microns?)$/, "um");

function wholeRange(low: number, high: number): readonly (readonly [number, number])[] | undefined {
  return low < high ? [[low, high]] : undefined;
}

/** What makes an ImageJ file of a TIFF. */
export interface ImagejDescription {
  readonly description: string;
  readonly imagej: readonly ImagejRecord[];
  /** The resolution tags of each page. */
  readonly resolution: readonly Tag[];
}

/**
 * ImageJ's description of what is going to be written; undefined where ImageJ has no words for it: planes in another order than channels next to each other,
 * then slices, then frames; names of channels; several units of length; times in other units than seconds; steps that its fractions do not hold.
 */
export function describeAsImagej(header: ImageHeader): ImagejDescription | undefined {
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
  const resolutions = [X, Y].map((axis) => axis && resolutionOf(axis.step));
  if (X && resolutions.includes(undefined)) return undefined;
  const [xResolution, yResolution] = resolutions;
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
    ...(displayRanges && displayRanges.length > 1 ? rangeRecord(displayRanges) : []),
  ];
  return {
    description: `${lines.join("\n")}\n`,
    imagej,
    resolution: [
      ...(xResolution ? [rational(TAGS.xResolution, xResolution)] : []),
      ...(yResolution ? [rational(TAGS.yResolution, yResolution)] : []),
      ...(X || Y ? [shorts(TAGS.resolutionUnit, [1])] : []),
    ],
  };
}

/** Other letters than ASCII as ImageJ writes them. */
function plainLetters(text: string): string {
  return text.replaceAll(
    /[^ -~]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
}

/** Text as ImageJ's records have it. */
export function utf16(text: string): Uint8Array {
  return new Uint8Array(Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)).buffer);
}

/** Numbers of a fraction have 32 bits. */
const MOST = 2 ** 32 - 1;

/**
 * A step as so many pixels on so many units, both of 32 bits: exact for decimal fractions of so many digits, else the last fraction of the step's continued one, which is within 2^-32 of it. Undefined where it is larger than
 * 2^32, or smaller than its inverse.
 */
function resolutionOf(step: number): readonly [pixels: number, units: number] | undefined {
  if (!(step <= MOST && step >= 1 / MOST)) return undefined;
  for (let pixels = 1; pixels <= MOST && step * pixels <= MOST; pixels *= 10) {
    const units = Math.round(step * pixels);
    if (units / pixels === step) return [pixels, units];
  }
  // units[k] = a[k] units[k - 1] + units[k - 2], and so the pixels, of step = a[0] + 1 / (a[1] + 1 / ...).
  let [before, last] = [
    [1, 0],
    [0, 1],
  ] as readonly [readonly [pixels: number, units: number], readonly [pixels: number, units: number]];
  for (let rest = step; ; ) {
    const whole = Math.floor(rest);
    const next = [whole * last[0] + before[0], whole * last[1] + before[1]] as const;
    if (Math.max(...next) > MOST) return last;
    [before, last] = [last, next];
    if (rest === whole || next[1] / next[0] === step) return last;
    rest = 1 / (rest - whole);
  }
}
