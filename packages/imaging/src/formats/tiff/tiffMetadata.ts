import { type ImagejRecord, recordsOfSelection } from "./imagejMetadata.js";

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

/** The metadata of other quantities at the same places, such as an uncertainty: the calibration, and nothing that speaks of grey values. */
export function calibrationOf({
  description,
  xResolution,
  yResolution,
  resolutionUnit,
}: TiffMetadata): TiffMetadata {
  const kept = description?.startsWith("ImageJ=")
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
  if (!description?.startsWith("ImageJ=")) return undefined;
  const match = /^images=(\d+)\s*$/m.exec(description);
  return match ? Number(match[1]) : 1;
}

/**
 * The description for a file with `pageCount` pages. ImageJ and OME descriptions state how many planes there are; for a
 * selection of pages ImageJ's is rewritten as a plain stack and OME's left out, since it would no longer be true.
 */
export function describePages(description: string | undefined, pageCount: number): string | undefined {
  if (description === undefined) return undefined;
  if (/<OME[\s>]/.test(description)) {
    const planes = ["SizeC", "SizeZ", "SizeT"].map((name) => {
      const match = new RegExp(`\\b${name}="(\\d+)"`).exec(description);
      return match ? Number(match[1]) : 1;
    });
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
