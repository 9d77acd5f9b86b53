import type { Document } from "@xmldom/xmldom";
import type { ImageMetadata } from "../../image/metadata.js";
import { imagejImageMetadata, isImagej, resolutionSteps } from "./imagejDescription.js";
import type { ImagejRecord } from "./imagejMetadata.js";
import { omeMetadata } from "./omeDescription.js";
import { isOme, parseOme } from "./omeDocument.js";
import { notesOfOme } from "./omeNotes.js";
import { namesOfSamples, type PixelSamples } from "./pageDescription.js";
import type { FilePlanes } from "./tiffAxes.js";
import { isTifffile } from "./tifffileDescription.js";
import { numberOf, TAGS, type Tag, textOf } from "./tiffTags.js";

/** How the pixels of pages are stored, as far as a result is stored the same way. */
export interface TiffStorage {
  readonly compression: "none" | "deflate";
  /** The size of a tile; without it, strips. */
  readonly tile?: { readonly width: number; readonly height: number };
  /** Samples that are stored pixel by pixel, in which case every so many pages are one directory. Without it, each page has one. */
  readonly together?: PixelSamples;
}

/** What is kept of a TIFF besides its pixels and written back: calibration, how it is displayed, the text of ImageJ or OME, and the tags of its pages. */
export interface TiffMetadata {
  /** The ImageDescription of the first page where it speaks of the file: ImageJ's, OME-XML, or tifffile's. */
  readonly description?: string;
  /** The description is in Latin-1, not UTF-8. */
  readonly latin1?: true;
  /** Tags that the first page alone has. */
  readonly ofFile?: readonly Tag[];
  /** The other tags of each plane, see `isKept`. Planes that it ends before have none. */
  readonly ofPages?: readonly (readonly Tag[])[];
  /**
   * The lowest value is displayed white (PhotometricInterpretation 0), as ImageJ's inverting lookup table leaves it. Pixels are those in the file all the same, which is
   * what ImageJ measures.
   */
  readonly whiteIsZero?: true;
  /** Lookup table of the pixel values, all red, then all green, then all blue ones; 3 * 2^bits numbers. */
  readonly colorMap?: Uint16Array;
  /** How the pages of the file lie along axes. */
  readonly planes?: FilePlanes;
  /** ImageJ's lookup tables, displayed ranges, slice labels, regions and so on. */
  readonly imagej?: readonly ImagejRecord[];
  readonly storage?: TiffStorage;
  /** The steps that a microscope's program has written in tags of its own. They are not among those that are kept, so that a result says them otherwise. */
  readonly microscope?: NonNullable<ImageMetadata["calibration"]>;
  /** What in the directory of the first page is not kept, see `ImageMetadata`. */
  readonly notes?: readonly string[];
}

/** A TIFF's metadata in the terms of all formats, with all of it as the format's own. `ome` is the document of its description where that is OME's, `image` that of its images which is meant, default the first one. */
export function imageMetadataOf(
  tiff: TiffMetadata,
  ome: Document | undefined = tiff.description === undefined ? undefined : parseOme(tiff.description),
  image?: number,
): ImageMetadata {
  const notes = [...(tiff.notes ?? []), ...omeNotes(tiff, ome)];
  const samples = tiff.storage?.together && namesOfSamples(tiff.storage.together);
  return {
    ...sharedMetadata(tiff, ome, image),
    ...(samples && { channels: samples.names }),
    ...(samples && samples.transparency >= 0 && { transparency: samples.transparency }),
    ...(notes.length > 0 && { notes }),
    own: { format: "TIFF", calibration: calibrationIn(tiff), display: tiff },
  };
}

function sharedMetadata(
  tiff: TiffMetadata,
  ome: Document | undefined,
  image: number | undefined,
): ImageMetadata {
  const { description, imagej = [], ofFile = [], ofPages = [], planes, microscope } = tiff;
  const tags = [...ofFile, ...(ofPages[0] ?? [])];
  if (description !== undefined && isImagej(description))
    return imagejImageMetadata(description, imagej, tags);
  if (ome) return omeMetadata(ome, planes?.places, image);
  const text = tags.find(({ tag }) => tag === TAGS.imageDescription);
  return {
    ...(text && { text: textOf(text).text }),
    ...(microscope ? { calibration: microscope } : tagCalibration(tags)),
  };
}

function omeNotes({ description, planes }: TiffMetadata, ome: Document | undefined): string[] {
  return description !== undefined && isOme(description)
    ? notesOfOme(ome, planes?.places !== undefined, planes?.files)
    : [];
}

/** Descriptions in people's words, and the grey value that stands for none. */
const OF_GREY_VALUES: ReadonlySet<number> = new Set([TAGS.imageDescription, TAGS.nodata]);

/** What is true of other quantities at the same places: all but what speaks of the grey values, as descriptions in people's words do. */
function calibrationIn(tiff: TiffMetadata): TiffMetadata {
  const { description, latin1, ofFile, ofPages, planes, storage, microscope } = tiff;
  const kept = description === undefined ? undefined : withoutGreyValues(description);
  const without = memoized((tags: readonly Tag[]) => tags.filter(({ tag }) => !OF_GREY_VALUES.has(tag)));
  return {
    ...(kept !== undefined && { description: kept }),
    ...(latin1 && { latin1 }),
    ...(ofFile && { ofFile: without(ofFile) }),
    ...(ofPages && { ofPages: ofPages.map(without) }),
    ...(planes && { planes }),
    ...(microscope && { microscope }),
    // What is no colour is not shown as one.
    ...(storage && {
      storage: { compression: storage.compression, ...(storage.tile && { tile: storage.tile }) },
    }),
  };
}

function withoutGreyValues(description: string): string | undefined {
  if (isTifffile(description)) return undefined;
  if (!isImagej(description)) return description;
  return description
    .split("\n")
    .filter((line) => !/^(min|max|cf|c\d+|vunit)=/.test(line))
    .join("\n");
}

/** Pages share their lists of tags. */
function memoized<A extends object, B>(make: (value: A) => B): (value: A) => B {
  const made = new Map<A, B>();
  return (value) => {
    const known = made.get(value);
    if (known !== undefined) return known;
    const result = make(value);
    made.set(value, result);
    return result;
  };
}

/** Steps from the resolution tags of files without another calibration. */
function tagCalibration(tags: readonly Tag[]): ImageMetadata {
  const tag = tags.find((known) => known.tag === TAGS.resolutionUnit);
  const unit = tag && { 2: "inch", 3: "cm" }[numberOf(tag) ?? 0];
  const calibration = unit === undefined ? {} : resolutionSteps(tags, unit);
  return Object.keys(calibration).length > 0 ? { calibration } : {};
}
