import { isImagej } from "./imagejDescription.js";
import { isOme } from "./omeDocument.js";
import type { TagEntry, TiffDirectory } from "./readDirectory.js";
import { isTifffile } from "./tifffileDescription.js";
import { TAGS, type Tag, TYPES, textOf } from "./tiffTags.js";

/**
 * Tags that mean the same in another file, whatever the pixels become. Those that say how pixels are stored, that hold offsets in the file, or that count or measure the pixels which were
 * there are not among them.
 */
const KEPT: ReadonlySet<number> = new Set([
  ...[269, 270, 271, 272], // DocumentName, ImageDescription, Make, Model
  ...[274, 282, 283, 285, 286, 287, 296], // Orientation, resolution, PageName, position
  ...[305, 306, 315, 316, 33432], // Software, DateTime, Artist, HostComputer, Copyright
  ...[700, 33723, 34675], // XMP, IPTC, ICC profile
  ...[33550, 33922, 34264, 34735, 34736, 34737], // places on the earth
  ...[34118, 34680, 34682, 51023], // electron microscopes: Zeiss, FEI (two), Fibics
  ...[51123], // Micro-Manager
]);

/** From here on tags are private ones. Text in them holds no offsets. */
const PRIVATE = 32768;

/** ImageJ's own are read and written apart. */
const IMAGEJ: ReadonlySet<number> = new Set([50838, 50839]);

/** Whether a tag of this number and type is kept. */
export function isKept(tag: number, type: number): boolean {
  return KEPT.has(tag) || (tag >= PRIVATE && type === TYPES.ASCII && !IMAGEJ.has(tag));
}

/** Values of so many bytes are worth remembering where they are. */
const LARGE = 256;

/** Reads tags of the directories of a file; large values that several of them point to are read once. */
export class SharedValues {
  readonly #large = new Map<string, Tag>();
  #left: number;

  /** Values that lie over one another are not read for ever: `fileBytes`, twice, is more than a whole file needs. */
  constructor(fileBytes: number) {
    this.#left = 2 * fileBytes;
  }

  async read(directory: TiffDirectory, entry: TagEntry): Promise<Tag> {
    if (entry.byteLength < LARGE) return directory.read(entry);
    const { tag, type, position, byteLength } = entry;
    const key = `${tag},${type},${position},${byteLength}`;
    const known = this.#large.get(key);
    if (known) return known;
    this.#left -= byteLength;
    if (this.#left < 0) throw directory.damaged("and those before have values that lie over one another");
    const read = await directory.read(entry);
    this.#large.set(key, read);
    return read;
  }
}

/** The tags of a directory that are kept. Values that do not lie within the file are left out. */
export async function keptTags(directory: TiffDirectory, values: SharedValues): Promise<Tag[]> {
  const kept: Tag[] = [];
  for (const entry of directory.entries()) {
    const { tag, type, count, inside } = entry;
    // Numbers of 64 bits have no place in a classic TIFF.
    const written = ![TYPES.LONG8, TYPES.SLONG8, TYPES.IFD8].some((wide) => wide === type);
    if (isKept(tag, type) && written && inside && count > 0) kept.push(await values.read(directory, entry));
  }
  return kept;
}

/** What tags of the pages of a file say, page by page, as little of it as possible more than once. */
export interface PageTags {
  /** The description of ImageJ, OME or tifffile, which speaks of the file. */
  readonly description?: Tag;
  /** What the first page alone has, and which therefore speaks of the file. */
  readonly ofFile: readonly Tag[];
  /** What each page has besides. */
  readonly ofPages: readonly (readonly Tag[])[];
}

/** Whether text describes the pages of a whole file, as ImageJ, OME and tifffile do in its first page. */
const isOfFile = (text: string): boolean => isImagej(text) || isOme(text) || isTifffile(text);

/** Whether a tag is ImageJ's description beside OME's, as Micro-Manager writes both: it counts the planes, too, and would contradict the other one where these are not all written. */
const countsBeside = (tag: Tag, description: Tag): boolean =>
  tag.tag === TAGS.imageDescription && isOme(textOf(description).text) && isImagej(textOf(tag).text);

/** A letter of its own for each byte. */
const letters = new TextDecoder("latin1");

/** Sorts the kept tags of the pages of a file, given one page after the other. */
export class PageTagCollector {
  readonly #shared = new Map<string, { readonly number: number; readonly tag: Tag }>();
  readonly #lists = new Map<string, readonly Tag[]>();
  readonly #pages: (readonly Tag[])[] = [];
  #first: readonly Tag[] = [];
  #description: Tag | undefined;
  readonly #ofOthers = new Set<number>();

  add(tags: readonly Tag[]): void {
    const described = tags.find(({ tag }) => tag === TAGS.imageDescription);
    const speaksOfFile = described !== undefined && isOfFile(textOf(described).text);
    const own = speaksOfFile
      ? tags.filter((tag) => tag !== described && !countsBeside(tag, described))
      : tags;
    if (this.#pages.length === 0) {
      this.#first = own;
      if (speaksOfFile) this.#description = described;
      this.#pages.push([]);
      return;
    }
    for (const { tag } of own) this.#ofOthers.add(tag);
    this.#pages.push(this.#list(own));
  }

  collected(): PageTags {
    const ofFile = this.#first.filter(({ tag }) => !this.#ofOthers.has(tag));
    const [, ...others] = this.#pages;
    const first = this.#list(this.#first.filter(({ tag }) => this.#ofOthers.has(tag)));
    return {
      ...(this.#description && { description: this.#description }),
      ofFile,
      ofPages: [first, ...others],
    };
  }

  #list(tags: readonly Tag[]): readonly Tag[] {
    const known = tags.map((tag) => this.#known(tag));
    const key = known.map(({ number }) => number).join();
    const list = this.#lists.get(key) ?? known.map(({ tag }) => tag);
    this.#lists.set(key, list);
    return list;
  }

  #known(tag: Tag): { readonly number: number; readonly tag: Tag } {
    const key = `${tag.tag},${tag.type},${letters.decode(tag.bytes)}`;
    const known = this.#shared.get(key) ?? { number: this.#shared.size, tag };
    this.#shared.set(key, known);
    return known;
  }
}
