import type { RandomAccess } from "../randomAccess.js";
import { isImagej } from "./imagejDescription.js";
import { isOme } from "./omeDocument.js";
import { isTifffile } from "./tifffileDescription.js";
import { TAGS, type Tag, TYPE_BYTES, TYPES, textOf } from "./tiffTags.js";

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

/** The tags of the directory at a byte position of a file that are kept. Values that do not lie within the file are left out. */
export async function keptTags(
  file: RandomAccess,
  position: number,
  { littleEndian, big }: { readonly littleEndian: boolean; readonly big: boolean },
): Promise<Tag[]> {
  const [countBytes, entryBytes, inline] = big ? [8, 20, 8] : [2, 12, 4];
  const numberAt = (view: DataView, at: number): number =>
    big ? Number(view.getBigUint64(at, littleEndian)) : view.getUint32(at, littleEndian);
  const head = viewOf(await file.read(position, countBytes));
  const count = big ? numberAt(head, 0) : head.getUint16(0, littleEndian);
  const entries = viewOf(await file.read(position + countBytes, count * entryBytes));
  const kept: Tag[] = [];
  for (let at = 0; at < entries.byteLength; at += entryBytes) {
    const [tag, type] = [entries.getUint16(at, littleEndian), entries.getUint16(at + 2, littleEndian)];
    const valueBytes = TYPE_BYTES[type];
    if (!isKept(tag, type) || valueBytes === undefined || type === TYPES.LONG8) continue;
    const length = numberAt(entries, at + 4) * valueBytes;
    const value = at + entryBytes - inline;
    const outside = length > inline ? numberAt(entries, value) : undefined;
    if (length === 0 || (outside !== undefined && outside + length > file.byteLength)) continue;
    const bytes =
      outside === undefined
        ? new Uint8Array(entries.buffer, entries.byteOffset + value, length).slice()
        : await file.read(outside, length);
    const width = type === TYPES.RATIONAL || type === TYPES.SRATIONAL ? 4 : valueBytes;
    if (!littleEndian && width > 1) {
      for (let i = 0; i + width <= length; i += width) bytes.subarray(i, i + width).reverse();
    }
    kept.push({ tag, type, bytes });
  }
  return kept;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

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
    const own = speaksOfFile ? tags.filter((tag) => tag !== described) : tags;
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
