import type { Document } from "@xmldom/xmldom";
import { imagejPageCount, imagejPlanes } from "./imagejDescription.js";
import { numberIn } from "./omeDocument.js";
import { filesOf, pixelsOf } from "./omePlanes.js";
import type { StoredType } from "./sampleCoding.js";
import { tifffilePlaneCount } from "./tifffileDescription.js";

/** What the pages of a file are. */
export interface ActualPages {
  /** Samples that are stored together are one page. */
  readonly count: number;
  /** They are those of a set of files, of which something else says what is missing. */
  readonly ofSet: boolean;
  readonly samples: number;
  readonly width: number;
  readonly height: number;
  readonly stored: StoredType;
}

/** OME's names of types that are called otherwise here. */
const OME_TYPES: Readonly<Record<string, StoredType>> = { float: "float32", double: "float64" };

/** Where the description of a file promises other pages than are there, see `ImageMetadata`. `ome`: that of its description, of which every page is accounted for. */
export function planeNotes(
  description: string | undefined,
  ome: Document | undefined,
  actual: ActualPages,
): string[] {
  const described = actual.ofSet ? undefined : ome ? omeCount(ome) : countIn(description, actual);
  const notes: string[] = [];
  if (described !== undefined && described > actual.count) {
    const there = actual.count === 1 ? "1 is" : `${actual.count} are`;
    notes.push(
      `it describes ${described} planes, ${there} there, ${described - actual.count} missing, as of an acquisition that was stopped or a file that was cut off; the result has and describes those that are there`,
    );
  }
  const [pixels] = ome ? pixelsOf(ome) : [];
  if (!pixels) return notes;
  const { width, height, stored } = actual;
  const [sizeX, sizeY] = [numberIn(pixels, "SizeX", width), numberIn(pixels, "SizeY", height)];
  if (sizeX !== width || sizeY !== height) {
    notes.push(
      `its OME-XML says that planes are ${sizeX} x ${sizeY} pixels, its pages are ${width} x ${height}; the result goes by the pages`,
    );
  }
  const type = pixels.getAttribute("Type");
  const named = type === null ? stored : (OME_TYPES[type] ?? type);
  if (named !== stored && named !== "bit") {
    notes.push(
      `its OME-XML says that pixels are ${named}, its pages have ${stored}; the result goes by the pages`,
    );
  }
  return notes;
}

/** The planes of all images; undefined where some are in other files. */
function omeCount(ome: Document): number | undefined {
  if (filesOf(ome).size > 1) return undefined;
  return pixelsOf(ome).reduce((sum, pixels) => {
    const [c, z, t] = ["SizeC", "SizeZ", "SizeT"].map((name) => (pixels ? numberIn(pixels, name, 1) : 0));
    return sum + c! * z! * t!;
  }, 0);
}

/** The planes that ImageJ's or tifffile's description counts. */
function countIn(description: string | undefined, actual: ActualPages): number | undefined {
  if (description === undefined) return undefined;
  const images = imagejPageCount(description);
  if (images === undefined) return tifffilePlaneCount(description, actual);
  const along = imagejPlanes(description)?.reduce((count, [, extent]) => count * extent, 1) ?? 1;
  return Math.max(images, along);
}
