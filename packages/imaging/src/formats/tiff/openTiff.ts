import type { Document } from "@xmldom/xmldom";
import type { PageRange } from "../../image/fileSpec.js";
import { InputError } from "../../image/inputError.js";
import type { ImageMetadata } from "../../image/metadata.js";
import { planarSource } from "../../image/planarSource.js";
import { metadataOfSelection, type PlaneSelection, selectPlanes } from "../../image/planeSelection.js";
import { selectPages } from "../../image/selectPages.js";
import type { ImageSource } from "../../image/source.js";
import type { RandomAccess } from "../randomAccess.js";
import type { Siblings } from "../siblings.js";
import { omeMetadata } from "./omeDescription.js";
import { parseOme } from "./omeDocument.js";
import { omePlanes } from "./omePlanes.js";
import { findOmeSet } from "./omeSet.js";
import { openOmeSet } from "./openOmeSet.js";
import { planeNotes } from "./planeNotes.js";
import { readPixels } from "./readPixels.js";
import { type FilePlanes, planesOf, withSamples } from "./tiffAxes.js";
import { type PageLayout, readLayout } from "./tiffLayout.js";
import { imageMetadataOf, type TiffMetadata } from "./tiffMetadata.js";
import { isTiffSignature } from "./tiffSignature.js";
import { TAGS, textOf } from "./tiffTags.js";

/**
 * Opens a TIFF or BigTIFF: integers of 1 to 16 bits, floats of 16, 32 and 64 bits, and integers of 32 and 64 bits whose values float32 holds exactly; no compression, LZW, deflate,
 * PackBits or zstd, with predictors; strips or tiles; either byte order and fill order; several samples per pixel, which are channels, but for other colours than RGB stored pixel by pixel.
 * Reduced-resolution copies and masks among the pages are passed over. Planes behind the only page that is described (ImageJ above 4 GB, MetaMorph, tifffile's `truncate`) are
 * pages, too. Pixels are those in the file whatever its lookup table displays: an inverting one (WhiteIsZero) and colours are metadata.
 *
 * Axes are those of ImageJ's, OME's or tifffile's description where it accounts for all pages; of a selection of pages see `selectPages`. Other files are captures one
 * after the other: T; samples are channels, and planes of MetaMorph with distances are Z. A file of a set of OME-TIFFs is opened as the image of the whole set, as far as its `siblings` are there; a range
 * is one of the pages of that.
 *
 * Everything that can be known without decoding is checked here: `InputError` for another format, a file that ends before its pages do, a range outside the pages, pages of different
 * size or dtype, colours, other pixel types and compressions.
 */
export async function openTiff(
  bytes: RandomAccess,
  name: string,
  range?: PageRange,
  siblings?: Siblings,
): Promise<ImageSource> {
  await checkSignature(bytes, name);
  const set = siblings && (await findOmeSet(bytes, name, siblings));
  const ofSet = set && (await openOmeSet(set, name));
  if (ofSet) {
    const { pages, metadata: tiff, planes: file } = ofSet;
    const whole = {
      name,
      pages,
      pageCount: pages.length,
      first: 0,
      samples: 1,
      tiff,
      file,
      ome: set.document,
    };
    return selectPages(
      sourceOf(whole, (page) => ofSet.bytes[page]!),
      range,
    );
  }
  const { pages, pageCount, undescribed, together, metadata: tiff } = await readLayout(bytes, name, range);
  const ome = tiff.description === undefined ? undefined : parseOme(tiff.description);
  const file: FilePlanes =
    (ome && omePlanes(ome, pageCount)) ??
    (together
      ? withSamples(
          planesOf(tiff.description, pageCount / together.count, undescribed, together.count),
          together.count,
        )
      : planesOf(tiff.description, pageCount, undescribed));
  const samples = together?.count ?? 1;
  const first = range?.first ?? 0;
  return sourceOf({ name, pages, pageCount, first, samples, tiff, file, ome }, () => bytes);
}

/** Pages of one file or of several, and what they are. */
interface OpenPages {
  readonly name: string;
  /** Those that are selected, from the first one on. */
  readonly pages: readonly PageLayout[];
  readonly first: number;
  readonly pageCount: number;
  /** How many pages are one directory. */
  readonly samples: number;
  readonly tiff: TiffMetadata;
  readonly file: FilePlanes;
  readonly ome: Document | undefined;
}

/** The source of pages. `bytesOf` gives the file that each of them is in. */
function sourceOf(
  { name, pages, first, pageCount, samples, tiff, file, ome }: OpenPages,
  bytesOf: (page: number) => RandomAccess,
): ImageSource {
  const { width, height, dtype, chunk } = pages[0]!;
  const { stored } = pages[0]!.coding;
  const notes = [
    ...(tiff.notes ?? []),
    ...planeNotes(tiff.description, file.places && ome, {
      count: pageCount / samples,
      ofSet: file.files !== undefined,
      samples,
      width,
      height,
      stored,
    }),
  ];
  const whole = pages.length === pageCount;
  const positionOf = !whole && file.pages ? inverted(file.pages) : undefined;
  const wanted = Uint32Array.from(pages, (_, i) => positionOf?.[first + i] ?? first + i);
  const images = [...new Set(Array.from(wanted, (position) => file.places?.[position]?.image ?? 0))];
  if (images.length > 1) notes.push(...severalImages(images, file, ome));
  const planesOfAll = { ...inOrder(tiff, file), planes: file, ...(notes.length > 0 && { notes }) };
  const metadata = {
    ...withoutTimes(imageMetadataOf(planesOfAll, ome, images[0]), images.length > 1),
    ...(file.unnamed && { unnamed: file.unnamed }),
    ...(file.plainStack && { plainStack: true as const }),
    ...positionsOf(file),
    ...nodataOf(tiff),
  };
  const selection = whole && !file.there ? undefined : selectPositions(file, wanted);
  const planes = selection ?? file;
  const pageOf = (plane: number): number => {
    const position = selection ? selection.positions[plane]! : plane;
    return file.pages?.[position] ?? position;
  };
  return planarSource({
    format: "TIFF",
    name,
    axes: [...planes.axes, "Y", "X"],
    shape: [...planes.shape, height, width],
    dtype,
    chunks: [...planes.shape.map(() => 1), chunk.height, chunk.width],
    metadata: selection ? metadataOfSelection(metadata, file, selection, selection.positions) : metadata,
    software: async () => softwareOf(tiff),
    readPlane: (index, window, { signal }) => {
      const page = pageOf(index);
      return readPixels(bytesOf(page), pages[page - first]!, window, signal);
    },
    close: async () => {},
  });
}

/** That images of OME's, whose planes follow one another, differ in what is said of all: what is kept is of the first. */
function severalImages(
  [first, ...others]: readonly number[],
  { places }: FilePlanes,
  ome: Document | undefined,
): string[] {
  const said = (image: number | undefined): string =>
    JSON.stringify(ome ? { ...omeMetadata(ome, places, image), text: "" } : {});
  const saidOfFirst = said(first);
  if (others.every((image) => said(image) === saidOfFirst)) return [];
  return [
    `the pages are of ${others.length + 1} images with steps or channels of their own, one after the other; those of the first are taken for all: read them one by one`,
  ];
}

/** Of several images, no step in time leads from one to the next. */
function withoutTimes(metadata: ImageMetadata, several: boolean): ImageMetadata {
  if (!several || !metadata.calibration?.T) return metadata;
  const { T: _, ...calibration } = metadata.calibration;
  return { ...metadata, calibration };
}

function nodataOf({ ofFile = [], ofPages = [] }: TiffMetadata): Pick<ImageMetadata, "nodata"> {
  const tag = [...ofFile, ...(ofPages[0] ?? [])].find((one) => one.tag === TAGS.nodata);
  const text = tag === undefined ? "" : textOf(tag).text.trim();
  const value = Number(text);
  return text !== "" && Number.isFinite(value) ? { nodata: value } : {};
}

function softwareOf({ ofFile = [], ofPages = [] }: TiffMetadata): string | undefined {
  const tag = [...ofFile, ...(ofPages[0] ?? [])].find((one) => one.tag === TAGS.software);
  return tag && textOf(tag).text;
}

/** With the tags of planes where there are those of pages. */
function inOrder({ ofPages, ...metadata }: TiffMetadata, { pages }: FilePlanes): TiffMetadata {
  if (!ofPages) return metadata;
  return { ...metadata, ofPages: pages ? Array.from(pages, (page) => ofPages[page] ?? []) : ofPages };
}

/** Some of the planes that are there, along their axes where they are a block of these, else in the order that is given. */
function selectPositions(
  file: FilePlanes,
  wanted: Uint32Array,
): PlaneSelection & { readonly positions: Uint32Array } {
  const planeAt = (position: number): number => file.there?.[position] ?? position;
  const select = (positions: Uint32Array) => {
    return { ...selectPlanes(file, positions.map(planeAt)), positions };
  };
  const along = select(wanted.toSorted());
  return along.bounds ? along : select(wanted);
}

/** Of each page, the plane that it holds. */
function inverted(pages: Uint32Array): Uint32Array {
  const planes = new Uint32Array(pages.length);
  pages.forEach((page, plane) => {
    planes[page] = plane;
  });
  return planes;
}

/** The image of OME's description that each plane is of, where there are several. */
function positionsOf({ places = [] }: FilePlanes): Pick<ImageMetadata, "positions"> {
  const positions = Uint32Array.from(places, ({ image }) => image);
  return new Set(positions).size > 1 ? { positions } : {};
}

/** Checks that the file is a TIFF by its first four bytes. */
async function checkSignature(bytes: RandomAccess, name: string): Promise<void> {
  if (bytes.byteLength === 0) throw new InputError(`${name} is empty (0 bytes), expected a TIFF file`);
  const first = await bytes.read(0, Math.min(4, bytes.byteLength));
  if (isTiffSignature(first)) return;
  const hex = Array.from(first, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  throw new InputError(`${name} is not a TIFF file (it starts with the bytes ${hex}); expected .tif images`);
}
