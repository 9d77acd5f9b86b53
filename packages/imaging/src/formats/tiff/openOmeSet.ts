import { sizeText } from "../../image/image.js";
import { InputError } from "../../image/inputError.js";
import type { RandomAccess } from "../randomAccess.js";
import { PageTagCollector } from "./keptTags.js";
import { isOme } from "./omeDocument.js";
import { omePlanes } from "./omePlanes.js";
import type { OmeSet } from "./omeSet.js";
import { notesOfOmeSet } from "./omeSetNotes.js";
import type { FilePlanes } from "./tiffAxes.js";
import { type PageLayout, readLayout, type TiffLayout } from "./tiffLayout.js";
import type { TiffMetadata } from "./tiffMetadata.js";

/** The pages of the files of a set, one file after the other, and what is said of them. */
export interface OmeSetPages {
  readonly pages: readonly PageLayout[];
  /** Of each page the file that it is in. */
  readonly bytes: readonly RandomAccess[];
  readonly metadata: TiffMetadata;
  readonly planes: FilePlanes;
}

/**
 * Reads the directories of all files of a set that are there. Undefined where they have pages of which the description of the set does not speak. `InputError`s: a file that cannot be read, pages
 * of different size or type.
 */
export async function openOmeSet(set: OmeSet, path: string): Promise<OmeSetPages | undefined> {
  /** Of each file its pages among all; undefined where it is not there. Descriptions, which may be long, are not kept. */
  const ranges: ({ readonly first: number; readonly count: number } | undefined)[] = [];
  const identifiers: (string | undefined)[] = [];
  const notes = new Set<string>();
  let own: TiffMetadata = {};
  const pages: PageLayout[] = [];
  const bytes: RandomAccess[] = [];
  const tags = new PageTagCollector();
  for (const file of set.files) {
    const layout = file.bytes && (await readLayout(file.bytes, file.path, undefined));
    ranges.push(layout && { first: pages.length, count: layout.pages.length });
    identifiers.push(identifierOf(layout?.metadata.description));
    if (!layout || !file.bytes) continue;
    checkPlanes(layout, pages[0], file.path);
    if (file.path === path) own = layout.metadata;
    for (const note of layout.metadata.notes ?? []) notes.add(note);
    const { ofFile = [], ofPages = [] } = layout.metadata;
    for (const [page, of] of layout.pages.entries()) {
      pages.push(of);
      bytes.push(file.bytes);
      tags.add([...(page === 0 ? ofFile : []), ...(ofPages[page] ?? [])]);
    }
  }
  const planes = omePlanes(set.document, pages.length, (data, image) =>
    set.images.has(image) ? ranges[set.fileOf(data)] : undefined,
  );
  if (!planes) return undefined;
  for (const note of notesOfOmeSet(set, planes.places, identifiers)) notes.add(note);
  const { latin1: _, ...kept } = own;
  const { ofFile, ofPages } = tags.collected();
  return {
    pages,
    bytes,
    metadata: { ...kept, description: set.description, ofFile, ofPages, notes: [...notes] },
    planes: { ...planes, files: ranges.filter((range) => range !== undefined).length },
  };
}

/** What a file calls itself. */
function identifierOf(description: string | undefined): string | undefined {
  return /<(?:\w+:)?OME\s[^>]*?\bUUID=["']([^"']*)["']/.exec(description ?? "")?.[1];
}

/** Pages of a set are planes, one each, and all alike. */
function checkPlanes(
  { pages, together, undescribed, metadata }: TiffLayout,
  other: PageLayout | undefined,
  path: string,
): void {
  const described = metadata.description !== undefined && isOme(metadata.description);
  if (together || (!described && undescribed.axes.includes("C"))) {
    throw new InputError(
      `${path} is one of an OME-TIFF's files and has several samples per pixel, which is not read; split the channels into pages first`,
    );
  }
  const page = pages[0]!; // of a layout there is one at least
  if (!other) return;
  if (page.width !== other.width || page.height !== other.height) {
    throw new InputError(
      `${path}: expected pages of the size of the other files of its set, which is ${sizeText(other)} pixels (${other.file}), got ${sizeText(page)}; move the file elsewhere to read the others without it`,
    );
  }
  if (page.dtype !== other.dtype) {
    throw new InputError(
      `${path}: expected pages of the type of the other files of its set, which is ${other.dtype} (${other.file}), got ${page.dtype}; move the file elsewhere to read the others without it`,
    );
  }
}
