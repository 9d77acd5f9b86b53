import type { ImageMetadata } from "../../image/metadata.js";
import type { ImageHeader } from "../format.js";
import { describeAsImagej, imagejImageMetadata, isImagej, resolutionSteps } from "./imagejDescription.js";
import { type ImagejRecord, recordsOfSelection } from "./imagejMetadata.js";
import { describeAsOme, isOme, omeMetadata, omePixels } from "./omeDescription.js";

/** What is kept of a TIFF besides its pixels and written back: calibration, how it is displayed, and the text of ImageJ or OME. */
export interface TiffMetadata {
  /** ImageDescription of the first page: `ImageJ=1.53...`, OME-XML, or free text. */
  readonly description?: string;
  /** Pixels per unit as numerator and denominator. */
  readonly xResolution?: readonly [number, number];
  readonly yResolution?: readonly [number, number];
  /** 1 none, 2 inch, 3 centimetre; ImageJ writes 1 and puts its unit into the description. */
  readonly resolutionUnit?: number;
  /**
   * The lowest value is displayed white (PhotometricInterpretation 0), as ImageJ's inverting lookup table leaves it. Pixels are those in the file all the same, which is
   * what ImageJ measures.
   */
  readonly whiteIsZero?: true;
  /** Lookup table of the pixel values, all red, then all green, then all blue ones; 3 * 2^bits numbers. */
  readonly colorMap?: Uint16Array;
  /** ImageJ's lookup tables, displayed ranges, slice labels, regions and so on. */
  readonly imagej?: readonly ImagejRecord[];
}

/** A TIFF's metadata in the terms of all formats, with all of it as the format's own. */
export function imageMetadataOf(tiff: TiffMetadata): ImageMetadata {
  const { description } = tiff;
  return {
    ...(description === undefined
      ? tagCalibration(tiff)
      : isImagej(description)
        ? imagejImageMetadata(tiff)
        : isOme(description)
          ? omeMetadata(description)
          : { text: description, ...tagCalibration(tiff) }),
    own: { format: "TIFF", calibration: calibrationTags(tiff), display: displayTags(tiff) },
  };
}

/** The metadata that a TIFF gets: its own where it comes from a TIFF, else ImageJ's description where that can say it, else OME's, with the steps as tags. */
export function tiffMetadataOf(header: ImageHeader): TiffMetadata {
  const { metadata = {} } = header;
  if (metadata.own?.format === "TIFF") {
    // Nobody but `imageMetadataOf` makes an own part of this name.
    const { calibration, display } = metadata.own as { calibration: TiffMetadata; display?: TiffMetadata };
    return { ...calibration, ...display };
  }
  const { calibration = {}, channels, displayRanges, text } = metadata;
  const described = Object.keys(calibration).length > 0 || channels || displayRanges;
  const plain = header.axes.every((axis) => axis === "T" || axis === "Y" || axis === "X");
  if (!described && plain) return text === undefined ? {} : { description: text };
  return describeAsImagej(header) ?? { description: describeAsOme(header) };
}

/** What is true of other quantities at the same places: the calibration. */
function calibrationTags({
  description,
  xResolution,
  yResolution,
  resolutionUnit,
}: TiffMetadata): TiffMetadata {
  const kept =
    description !== undefined && isImagej(description)
      ? description
          .split("\n")
          .filter((line) => !/^(min|max|cf|c\d+|vunit)=/.test(line))
          .join("\n")
      : undefined;
  return {
    ...(kept !== undefined && { description: kept }),
    ...(xResolution && { xResolution }),
    ...(yResolution && { yResolution }),
    ...(resolutionUnit !== undefined && { resolutionUnit }),
  };
}

/** What speaks of the grey values. */
function displayTags({ description, whiteIsZero, colorMap, imagej }: TiffMetadata): TiffMetadata {
  return {
    ...(description !== undefined && { description }),
    ...(whiteIsZero && { whiteIsZero }),
    ...(colorMap && { colorMap }),
    ...(imagej && { imagej }),
  };
}

/** Steps from the resolution tags of files without another calibration. */
function tagCalibration({ resolutionUnit, ...tiff }: TiffMetadata): ImageMetadata {
  const unit = resolutionUnit === 2 ? "inch" : resolutionUnit === 3 ? "cm" : undefined;
  const calibration = unit === undefined ? {} : resolutionSteps(tiff, unit);
  return Object.keys(calibration).length > 0 ? { calibration } : {};
}

/** ImageJ's records for a file with `pageCount` pages, see `describePages`; none where the description is not ImageJ's. */
export function imagejRecords(
  { description, imagej }: TiffMetadata,
  pageCount: number,
): readonly ImagejRecord[] {
  const announced = imagejPageCount(description);
  if (!imagej || announced === undefined) return [];
  return announced === pageCount ? imagej : recordsOfSelection(imagej);
}

/** The number of images that an ImageJ description announces; undefined for other descriptions. */
export function imagejPageCount(description: string | undefined): number | undefined {
  if (description === undefined || !isImagej(description)) return undefined;
  const match = /^images=(\d+)\s*$/m.exec(description);
  return match ? Number(match[1]) : 1;
}

/**
 * The description for a file with `pageCount` pages. ImageJ and OME descriptions state how many planes there are; for a
 * selection of pages ImageJ's is rewritten as a plain stack and OME's left out, since it would no longer be true.
 */
export function describePages(description: string | undefined, pageCount: number): string | undefined {
  if (description === undefined) return undefined;
  if (isOme(description)) {
    const pixels = omePixels(description);
    const planes = ["SizeC", "SizeZ", "SizeT"].map((name) => Number(pixels?.[name] ?? 1));
    return planes.reduce((a, b) => a * b) === pageCount ? description : undefined;
  }
  const announced = imagejPageCount(description);
  if (announced === undefined || announced === pageCount) return description;
  const kept = description
    .split("\n")
    .filter((line) => !/^(images|channels|slices|frames|hyperstack|mode|loop)=/.test(line));
  const counts = pageCount > 1 ? [`images=${pageCount}`, `slices=${pageCount}`] : [];
  return [kept[0], ...counts, ...kept.slice(1)].join("\n");
}
