import type { Document, Element } from "@xmldom/xmldom";
import type { RandomAccess } from "../randomAccess.js";
import type { Siblings } from "../siblings.js";
import { elementsIn, parseOme } from "./omeDocument.js";
import { pixelsOf } from "./omePlanes.js";
import { directoriesOf } from "./readDirectory.js";
import { isTiffSignature } from "./tiffSignature.js";
import { TAGS, textOf } from "./tiffTags.js";

/** One image of a set of OME-TIFFs, or several that share files: everything that hangs together with the file that was opened. */
export interface OmeSet {
  /** The description of the set, which may be in another file, and its document. */
  readonly description: string;
  readonly document: Document;
  /** The images of the document that hang together. */
  readonly images: ReadonlySet<number>;
  /** The files of these, in the order of the document; the one that was opened is among them. */
  readonly files: readonly OmeSetFile[];
  /** The path of a description that is in a file of its own, and no TIFF. */
  readonly companion?: string;
  /** How many files the document names. */
  readonly fileCount: number;
  /** The file that a TiffData element speaks of, or that an image without any is in, as a number in `files`. */
  fileOf(data: Element | undefined): number;
}

/** A file of a set. */
export interface OmeSetFile {
  /** As the document has it, its identifier where it has no name. */
  readonly name: string;
  /** What messages call it. */
  readonly path: string;
  /** Undefined where the file is not there, or not to be looked for: names lead to no other folder. */
  readonly bytes: RandomAccess | undefined;
}

/** A description file that is no TIFF has no more bytes than this. */
const LARGEST_DOCUMENT = 2 ** 28;

/**
 * The set that a file is one of, by its own description or by the one that it refers to (`BinaryOnly`). Undefined where it is whole in itself, where the description
 * is not there, and where that does not speak of the file, by its name or its identifier. Files of a set lie in one folder; what is elsewhere is taken for missing.
 */
export async function findOmeSet(
  bytes: RandomAccess,
  path: string,
  siblings: Siblings,
): Promise<OmeSet | undefined> {
  const text = await descriptionIn(bytes, path);
  const own = text === undefined ? undefined : parseOme(text);
  if (text === undefined || !own) return undefined;
  const [elsewhere] = own.documentElement ? elementsIn(own.documentElement, "BinaryOnly") : [];
  const source = elsewhere
    ? await masterOf(elsewhere, siblings)
    : { description: text, document: own, holder: undefined, companion: undefined };
  if (!source) return undefined;
  const { description, document } = source;
  const keys = keysIn(document, source.holder);
  const ofImages = pixelsOf(document).map((pixels) => {
    const data = pixels ? elementsIn(pixels, "TiffData") : [];
    return new Set(data.length > 0 ? data.map(keys.of) : pixels ? [keys.of(undefined)] : []);
  });
  const all = new Set(ofImages.flatMap((ofImage) => [...ofImage]));
  if (all.size < 2 && !elsewhere) return undefined;
  const ownKey = ownKeyOf(own, path, all, keys, source.holder);
  if (ownKey === undefined) return undefined;
  const images = connected(ofImages, ownKey);
  const named = [...new Set([...images].flatMap((image) => [...ofImages[image]!]))];
  const files: OmeSetFile[] = [];
  for (const key of named) {
    const sibling = key !== ownKey && isPlainName(key) ? await siblings.open(key) : undefined;
    files.push(
      key === ownKey
        ? { name: key, path, bytes }
        : { name: key, path: sibling?.path ?? key, bytes: sibling?.bytes },
    );
  }
  const numbers = new Map(named.map((key, number) => [key, number]));
  const fileOf = (data: Element | undefined): number => numbers.get(keys.of(data)) ?? -1;
  const { companion } = source;
  return {
    description,
    document,
    images,
    files,
    ...(companion !== undefined && { companion }),
    fileCount: all.size,
    fileOf,
  };
}

/** The paths of the other files that hold planes of the images that a file is one of, or describe them and nothing else, as far as they are there. */
export async function otherFilesOfSet(
  bytes: RandomAccess,
  path: string,
  siblings: Siblings,
): Promise<readonly string[]> {
  if (!isTiffSignature(await bytes.read(0, Math.min(4, bytes.byteLength)))) return [];
  const set = await findOmeSet(bytes, path, siblings);
  if (!set) return [];
  const others = set.files.filter((file) => file.bytes && file.bytes !== bytes).map((file) => file.path);
  return set.companion === undefined ? others : [...others, set.companion];
}

/** The description of the first page of a TIFF. */
async function descriptionIn(bytes: RandomAccess, path: string): Promise<string | undefined> {
  for await (const directory of directoriesOf(bytes, path)) {
    const entry = directory.entry(TAGS.imageDescription);
    return entry?.inside ? textOf(await directory.read(entry)).text : undefined;
  }
  return undefined;
}

/** The description that a file refers to, with the name of the TIFF that it is in, or else its path. */
async function masterOf(elsewhere: Element, siblings: Siblings) {
  const name = elsewhere.getAttribute("MetadataFile") ?? "";
  const file = isPlainName(name) ? await siblings.open(name) : undefined;
  if (!file || file.bytes.byteLength > LARGEST_DOCUMENT) return undefined;
  const { bytes, path } = file;
  const inTiff = isTiffSignature(await bytes.read(0, Math.min(4, bytes.byteLength)));
  const description = inTiff
    ? await descriptionIn(bytes, path)
    : new TextDecoder().decode(await bytes.read(0, bytes.byteLength));
  const document = description === undefined ? undefined : parseOme(description);
  return description !== undefined && document
    ? {
        description,
        document,
        ...(inTiff ? { holder: name, companion: undefined } : { holder: undefined, companion: path }),
      }
    : undefined;
}

/** What files are called. */
interface Keys {
  /** The file that an element speaks of: its name, its identifier where none is given. Elements that name no file speak of the one that the document is in. */
  of(data: Element | undefined): string;
  /** That of an identifier. */
  ofUuid(uuid: string): string;
}

function keysIn(document: Document, holder: string | undefined): Keys {
  const names = new Map<string, string>();
  const parts = (data: Element) => {
    const [element] = elementsIn(data, "UUID");
    return { uuid: element?.textContent?.trim() ?? "", name: element?.getAttribute("FileName") ?? "" };
  };
  for (const pixels of pixelsOf(document)) {
    for (const data of pixels ? elementsIn(pixels, "TiffData") : []) {
      const { uuid, name } = parts(data);
      if (uuid !== "" && name !== "" && !names.has(uuid)) names.set(uuid, name);
    }
  }
  const ofUuid = (uuid: string): string => names.get(uuid) ?? uuid;
  const inDocument = holder ?? ofUuid(rootUuid(document));
  return {
    ofUuid,
    of: (data) => {
      const { uuid, name } = data ? parts(data) : { uuid: "", name: "" };
      return name || ofUuid(uuid) || inDocument;
    },
  };
}

const rootUuid = (document: Document): string => document.documentElement?.getAttribute("UUID") ?? "";

/** Which of the files of a set was opened: that of its name, or else of its identifier, or the only one. */
function ownKeyOf(
  own: Document,
  path: string,
  all: ReadonlySet<string>,
  keys: Keys,
  holder: string | undefined,
): string | undefined {
  const name = path.split(/[\\/]/).at(-1)!;
  if (all.has(name)) return name;
  const identified = keys.ofUuid(rootUuid(own));
  if (identified !== "" && all.has(identified)) return identified;
  const [only, ...others] = all;
  return others.length === 0 && only !== holder ? only : undefined;
}

/** The images that share files with those of one file, directly or through others. */
function connected(ofImages: readonly ReadonlySet<string>[], file: string): Set<number> {
  const images = new Set<number>();
  const files = new Set([file]);
  for (let before = -1; before < images.size; ) {
    before = images.size;
    for (const [image, keys] of ofImages.entries()) {
      if (images.has(image) || ![...keys].some((key) => files.has(key))) continue;
      images.add(image);
      for (const key of keys) files.add(key);
    }
  }
  return new Set([...images].toSorted((a, b) => a - b));
}

/** Whether a name is that of a file in the same folder on every system. */
export function isPlainName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[\\/\p{Cc}]|^[a-z]:/iu.test(name);
}
