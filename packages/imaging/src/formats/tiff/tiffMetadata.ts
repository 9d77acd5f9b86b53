import type { ImageMetadata } from "../../image/metadata.js";
import type { PlaneAxes } from "../../image/planeSelection.js";
import { pageCountOf } from "../../image/source.js";
import type { ImageHeader } from "../format.js";
import {
  describeAsImagej,
  imagejDescriptionOf,
  imagejImageMetadata,
  isImagej,
  resolutionSteps,
} from "./imagejDescription.js";
import { channelsOfPlanes, type ImagejRecord, rangesOf, recordsOfPlanes } from "./imagejMetadata.js";
import { describeAsOme, omeMetadata } from "./omeDescription.js";
import { isOme } from "./omeDocument.js";
import { omeDescriptionOf } from "./omeWritten.js";
import { describedPlanes, type FilePlanes, planesOf } from "./tiffAxes.js";
import { isTifffile, tifffileDescriptionOf } from "./tifffileDescription.js";

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
  /** How the pages of the file lie along axes. */
  readonly planes?: FilePlanes;
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
          ? omeMetadata(description, tiff.planes?.places)
          : { ...(!isTifffile(description) && { text: description }), ...tagCalibration(tiff) }),
    own: { format: "TIFF", calibration: calibrationTags(tiff), display: displayTags(tiff) },
  };
}

/** The metadata that a TIFF gets: its own where it comes from a TIFF, else ImageJ's description where that can say it, else OME's, with the steps as tags. */
export function tiffMetadataOf(header: ImageHeader): TiffMetadata {
  const { metadata = {} } = header;
  if (metadata.own?.format === "TIFF") {
    // Nobody but `imageMetadataOf` makes an own part of this name.
    const { calibration, display } = metadata.own as { calibration: TiffMetadata; display?: TiffMetadata };
    return describedAs({ ...calibration, ...display }, header, metadata.own.planes);
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
  planes,
}: TiffMetadata): TiffMetadata {
  const kept =
    description !== undefined && isImagej(description)
      ? description
          .split("\n")
          .filter((line) => !/^(min|max|cf|c\d+|vunit)=/.test(line))
          .join("\n")
      : description !== undefined && isOme(description)
        ? description
        : undefined;
  return {
    ...(kept !== undefined && { description: kept }),
    ...(xResolution && { xResolution }),
    ...(yResolution && { yResolution }),
    ...(resolutionUnit !== undefined && { resolutionUnit }),
    ...(planes && { planes }),
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

/** What is true of the planes that are written: a description that counts them, ImageJ's records of them. */
function describedAs(
  tiff: TiffMetadata,
  header: ImageHeader,
  selected: Uint32Array | undefined,
): TiffMetadata {
  const { description, imagej, planes, ...rest } = tiff;
  if (description === undefined) return rest;
  if (isTifffile(description)) return { ...rest, description: tifffileDescriptionOf(description, header) };
  const pageCount = pageCountOf(header);
  if (isOme(description)) {
    const places = selected ? Array.from(selected, (plane) => planes?.places?.[plane]) : planes?.places;
    const known = places?.filter((place) => place !== undefined);
    const ome = omeDescriptionOf(description, header, known?.length === pageCount ? known : undefined);
    return { ...rest, ...(ome !== undefined && { description: ome }) };
  }
  const described = describedPlanes(description, pageCount);
  const written = { axes: header.axes.slice(0, -2), shape: header.shape.slice(0, -2) };
  if (!selected && described && samePlanes(described, written))
    return { ...rest, description, ...(imagej && { imagej }) };
  if (!isImagej(description)) return { ...rest, description };
  const pages = selected ?? Uint32Array.from({ length: pageCountOf(header) }, (_, i) => i);
  const image = planes ?? planesOf(description, pages.length);
  const records = recordsOfPlanes(imagej ?? [], image, pages);
  const ranges = rangesOf(imagej ?? []);
  const [channel = 0] = channelsOfPlanes(image, pages) ?? [];
  const display = channel === 0 ? undefined : (ranges[channel] ?? null);
  return {
    ...rest,
    description: imagejDescriptionOf(description, header, display),
    ...(records.length > 0 && { imagej: records }),
  };
}

function samePlanes(a: PlaneAxes, b: PlaneAxes): boolean {
  const long = ({ axes, shape }: PlaneAxes): string =>
    axes.flatMap((axis, i) => (shape[i]! > 1 ? [`${axis}${shape[i]!}`] : [])).join();
  return long(a) === long(b);
}
