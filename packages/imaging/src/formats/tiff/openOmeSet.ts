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
  const layouts: (TiffLayout | undefined)[] = [];
  const first: number[] = [];
  const pages: PageLayout[] = [];
  const bytes: RandomAccess[] = [];
  const tags = new PageTagCollector();
  for (const file of set.files) {
    first.push(pages.length);
    const layout = file.bytes && (await readLayout(file.bytes, file.path, undefined));
    layouts.push(layout);
    if (!layout || !file.bytes) continue;
    checkPlanes(layout, pages[0], file.path);
    const { ofFile = [], ofPages = [] } = layout.metadata;
    for (const [page, of] of layout.pages.entries()) {
      pages.push(of);
      bytes.push(file.bytes);
      tags.add([...(page === 0 ? ofFile : []), ...(ofPages[page] ?? [])]);
    }
  }
  const planes = omePlanes(set.document, pages.length, (data, image) => {
    const number = set.images.has(image) ? set.fileOf(data) : -1;
    const count = layouts[number]?.pages.length;
    return count === undefined ? undefined : { first: first[number]!, count };
  });
  if (!planes) return undefined;
  const own = layouts[set.files.findIndex((file) => file.path === path)]!.metadata; // the file that was opened is there
  const { latin1: _, ...kept } = own;
  const { ofFile, ofPages } = tags.collected();
  const notes = [
    ...new Set([
      ...layouts.flatMap((layout) => layout?.metadata.notes ?? []),
      ...notesOfOmeSet(
        set,
        planes.places,
        layouts.map((layout) => layout?.metadata.description),
      ),
    ]),
  ];
  const fileCount = layouts.filter((layout) => layout !== undefined).length;
  return {
    pages,
    bytes,
    metadata: { ...kept, description: set.description, ofFile, ofPages, notes },
    planes: { ...planes, files: fileCount },
  };
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
