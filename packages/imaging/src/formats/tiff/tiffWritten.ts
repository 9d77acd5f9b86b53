import { samePlanes } from "../../image/planeSelection.js";
import { pageCountOf } from "../../image/source.js";
import type { ImageHeader } from "../format.js";
import { describeAsImagej, imagejDescriptionOf } from "./imagejDescription.js";
import { isOfWholeImage, rangesOf, recordsOfPlanes } from "./imagejMetadata.js";
import { describeAsOme } from "./omeDescription.js";
import { isOme } from "./omeDocument.js";
import { omeDescriptionOf } from "./omeWritten.js";
import { describedPlanes, everyPixel, planesOf, withoutSamples } from "./tiffAxes.js";
import { isTifffile, tifffileDescriptionOf } from "./tifffileDescription.js";
import type { TiffMetadata } from "./tiffMetadata.js";
import { withProvenance } from "./tiffProvenance.js";
import { ascii, TAGS, type Tag, textOf } from "./tiffTags.js";

/**
 * The metadata that a TIFF gets, with the tags of the pages that are written: its own where it comes from a TIFF, else ImageJ's description where that can say it, else OME's,
 * with the steps as tags. What made the image is added to it.
 */
export function tiffMetadataOf(header: ImageHeader): TiffMetadata {
  return withProvenance(keptMetadata(header), header.provenance);
}

function keptMetadata(header: ImageHeader): TiffMetadata {
  const { metadata = {} } = header;
  if (metadata.own?.format === "TIFF") {
    // Nobody but `imageMetadataOf` makes an own part of this name.
    const { calibration, display } = metadata.own as { calibration: TiffMetadata; display?: TiffMetadata };
    return ofSamplesWritten(display ?? calibration, header, metadata.own.planes);
  }
  const tiff = describedMetadata(header);
  if (metadata.nodata === undefined) return tiff;
  return { ...tiff, ofFile: [...(tiff.ofFile ?? []), ascii(TAGS.nodata, String(metadata.nodata))] };
}

/** Of an image that does not come from a TIFF: what is said of its axes, and its text. */
function describedMetadata(header: ImageHeader): TiffMetadata {
  const { calibration = {}, channels, displayRanges, text } = header.metadata ?? {};
  const described = Object.keys(calibration).length > 0 || channels || displayRanges;
  const plain = header.axes.every((axis) => axis === "T" || axis === "Y" || axis === "X");
  if (!described && plain) {
    return text === undefined ? {} : { ofFile: [ascii(TAGS.imageDescription, text)] };
  }
  const { resolution, ...written } = describedIn(header);
  return {
    ...written,
    ...(resolution.length > 0 && {
      ofPages: Array.from({ length: pageCountOf(header) }, () => resolution),
    }),
  };
}

/** ImageJ's description where it can say what there is, else OME's; and the resolution tags that ImageJ's needs on each page. */
function describedIn(
  header: ImageHeader,
): Pick<TiffMetadata, "description" | "imagej"> & { readonly resolution: readonly Tag[] } {
  const imagej = describeAsImagej(header);
  if (!imagej) return { description: describeAsOme(header), resolution: [] };
  return {
    description: imagej.description,
    ...(imagej.imagej.length > 0 && { imagej: imagej.imagej }),
    resolution: imagej.resolution,
  };
}

/** The same of directories where every so many pages are one. Where not all samples of a pixel are written, each page is a directory. */
function ofSamplesWritten(
  tiff: TiffMetadata,
  header: ImageHeader,
  selected: Uint32Array | undefined,
): TiffMetadata {
  const { storage, planes, ofPages, ...rest } = tiff;
  if (!storage?.together) return ofPagesWritten(tiff, header, selected, 1);
  const { together, ...apart } = storage;
  const { count } = together;
  const axes = header.axes.toSpliced(-3, 1);
  const shape = header.shape.toSpliced(-3, 1);
  const whole = selected?.every((page, i) => page % count === i % count) ?? true;
  if (header.axes.at(-3) !== "C" || header.shape.at(-3) !== count || !whole) {
    return ofPagesWritten({ ...tiff, storage: apart }, header, selected, 1);
  }
  const directories: TiffMetadata = {
    ...rest,
    storage,
    ...(planes && { planes: withoutSamples(planes) }),
    ...(ofPages && { ofPages: ofPages.filter((_, i) => i % count === 0) }),
  };
  return ofPagesWritten(
    directories,
    { ...header, axes, shape },
    selected && everyPixel(selected, count),
    count,
  );
}

/** What is true of the planes that are written: their tags, a description that counts them, ImageJ's records of them. */
function ofPagesWritten(
  tiff: TiffMetadata,
  header: ImageHeader,
  selected: Uint32Array | undefined,
  samples: number,
): TiffMetadata {
  const { description, latin1, imagej, planes, ofPages, ...rest } = tiff;
  const kept: TiffMetadata = {
    ...rest,
    ...(ofPages && { ofPages: selected ? Array.from(selected, (plane) => ofPages[plane] ?? []) : ofPages }),
  };
  if (description === undefined) return withAxesNamed(kept, header);
  const encoded = latin1 && { latin1 };
  if (isTifffile(description)) {
    return { ...kept, ...encoded, description: tifffileDescriptionOf(description, header, samples) };
  }
  const pageCount = pageCountOf(header);
  if (isOme(description)) {
    const places = selected ? Array.from(selected, (plane) => planes?.places?.[plane]) : planes?.places;
    const known = places?.filter((place) => place !== undefined);
    const ome = omeDescriptionOf(description, header, known?.length === pageCount ? known : undefined);
    if (ome === undefined) return withAxesNamed(kept, header);
    const whole = imagej?.filter(isOfWholeImage) ?? [];
    return { ...kept, description: ome, ...(whole.length > 0 && { imagej: whole }) };
  }
  const described = describedPlanes(description, pageCount);
  const written = { axes: header.axes.slice(0, -2), shape: header.shape.slice(0, -2) };
  if (!selected && described && samePlanes(described, written)) {
    return { ...kept, ...encoded, description, ...(imagej && { imagej }) };
  }
  const positions = selected ?? Uint32Array.from({ length: pageCount }, (_, i) => i);
  const image = planes ?? planesOf(description, positions.length);
  const ofImage = positions.map((position) => image.there?.[position] ?? position);
  const records = recordsOfPlanes(imagej ?? [], image, ofImage);
  const tables = records.filter(({ type }) => type === "luts");
  // ImageJ shows the table of a single channel where it is that of an 8-bit image.
  const single = !header.axes.includes("C") && tables.length === 1 ? tables[0]!.bytes : undefined;
  const coloured = tables.length > 0;
  const apart = header.metadata?.sparse !== undefined;
  return {
    ...kept,
    ...encoded,
    description: imagejDescriptionOf(description, header, { ranges: rangesOf(records), coloured, apart }),
    ...(records.length > 0 && { imagej: records }),
    ...(single && isColoured(single) && { colorMap: Uint16Array.from(single, (value) => 257 * value) }),
  };
}

/** Whether a table of ImageJ's, all red, then all green, then all blue values, is another than that of greys. */
function isColoured(table: Uint8Array): boolean {
  return table.some((value, i) => value !== i % 256);
}

/**
 * With a description where the planes lie along other axes than those of a file that says nothing of it, as where samples have become channels, or where a microscope's tags say steps. It has the text that the first
 * page has been described with.
 */
function withAxesNamed(tiff: TiffMetadata, header: ImageHeader): TiffMetadata {
  const plain = header.axes.slice(0, -2).every((axis, i) => axis === "T" || header.shape[i] === 1);
  if (plain && !tiff.microscope) return tiff;
  const { ofFile = [], ofPages = [], ...rest } = tiff;
  const [first = [], ...others] = ofPages;
  const isText = ({ tag }: Tag): boolean => tag === TAGS.imageDescription;
  const text = [...ofFile, ...first].find(isText);
  const { text: _, ...metadata } = header.metadata ?? {};
  const { resolution, ...described } = describedIn({
    ...header,
    metadata: { ...metadata, ...(text && { text: textOf(text).text }) },
  });
  const without = (tags: readonly Tag[]): readonly Tag[] => tags.filter((tag) => !isText(tag));
  const kept = { ...rest, ...described, ofFile: without(ofFile), ofPages: [without(first), ...others] };
  // Resolution tags are among those of the pages, unless the size of pixels is a microscope's.
  return tiff.microscope && resolution.length > 0 ? withResolution(kept, header, resolution) : kept;
}

const RESOLUTION: ReadonlySet<number> = new Set([TAGS.xResolution, TAGS.yResolution, TAGS.resolutionUnit]);

/** With other resolution tags on every page. */
function withResolution(tiff: TiffMetadata, header: ImageHeader, resolution: readonly Tag[]): TiffMetadata {
  const { ofFile = [], ofPages = [] } = tiff;
  const others = (tags: readonly Tag[]): readonly Tag[] => tags.filter(({ tag }) => !RESOLUTION.has(tag));
  return {
    ...tiff,
    ofFile: others(ofFile),
    ofPages: Array.from({ length: pageCountOf(header) }, (_, page) => [
      ...others(ofPages[page] ?? []),
      ...resolution,
    ]),
  };
}
