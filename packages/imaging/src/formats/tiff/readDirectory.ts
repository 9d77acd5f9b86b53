import { InputError } from "../../image/inputError.js";
import type { RandomAccess } from "../randomAccess.js";
import { isWhole, type Tag, TYPE_BYTES, UNIT_BYTES, wholeNumbersOf } from "./tiffTags.js";

/** What a directory says of a tag before its values are read. */
export interface TagEntry {
  readonly tag: number;
  readonly type: number;
  /** Number of values. */
  readonly count: number;
  /** Where the values start in the file, and how many bytes they have; NaN for a type that is not known. */
  readonly position: number;
  readonly byteLength: number;
  /** Whether they lie within the file. */
  readonly inside: boolean;
}

/** Bytes that are read at once where a directory starts: its values mostly lie behind it. */
const NEAR_BYTES = 4096;

/** A file of which small pieces are read: what lies near the last ones is at hand. */
class NearBytes {
  readonly byteLength: number;
  readonly #file: RandomAccess;
  #near: { readonly offset: number; readonly bytes: Uint8Array }[] = [];

  constructor(file: RandomAccess) {
    this.#file = file;
    this.byteLength = file.byteLength;
  }

  /** A copy. The range lies within the file. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (length > NEAR_BYTES) return this.#file.read(offset, length);
    let near = this.#near.find(
      (piece) => piece.offset <= offset && offset + length <= piece.offset + piece.bytes.length,
    );
    if (!near) {
      const there = Math.min(NEAR_BYTES, this.byteLength - offset);
      near = { offset, bytes: await this.#file.read(offset, there) };
      this.#near = [near, ...this.#near.slice(0, 1)];
    }
    return near.bytes.slice(offset - near.offset, offset - near.offset + length);
  }
}

const MOST_SAMPLES = 65535;

/** How numbers are stored in the directories of a file. */
interface Encoding {
  readonly littleEndian: boolean;
  /** BigTIFF. */
  readonly big: boolean;
}

/** One directory of a TIFF. Values are read when they are asked for, and no more of them than the file has bytes. */
export class TiffDirectory {
  readonly littleEndian: boolean;
  /** In a BigTIFF. */
  readonly big: boolean;
  /** The byte at which it starts. */
  readonly position: number;
  readonly #file: NearBytes;
  readonly #name: string;
  readonly #entries: DataView;
  readonly #entriesAt: number;

  constructor(
    file: NearBytes,
    name: string,
    position: number,
    entriesAt: number,
    entries: Uint8Array,
    { littleEndian, big }: Encoding,
  ) {
    this.#file = file;
    this.#name = name;
    this.position = position;
    this.#entriesAt = entriesAt;
    this.#entries = viewOf(entries);
    this.littleEndian = littleEndian;
    this.big = big;
  }

  /** All tags, in the order of the file. */
  entries(): TagEntry[] {
    const found: TagEntry[] = [];
    for (let at = 0; at < this.#entries.byteLength; at += entryBytes(this.big)) found.push(this.#entry(at));
    return found;
  }

  /** The first tag of this number, wherever in the directory it stands. */
  entry(tag: number): TagEntry | undefined {
    for (let at = 0; at < this.#entries.byteLength; at += entryBytes(this.big)) {
      if (this.#entries.getUint16(at, this.littleEndian) === tag) return this.#entry(at);
    }
    return undefined;
  }

  #entry(at: number): TagEntry {
    const { littleEndian } = this;
    const view = this.#entries;
    const [tag, type] = [view.getUint16(at, littleEndian), view.getUint16(at + 2, littleEndian)];
    const count = offsetAt(view, at + 4, this);
    const byteLength = count * (TYPE_BYTES[type] ?? Number.NaN);
    const value = at + (this.big ? 12 : 8);
    const position =
      byteLength <= inlineBytes(this.big) ? this.#entriesAt + value : offsetAt(view, value, this);
    return { tag, type, count, position, byteLength, inside: this.holds(position, byteLength) };
  }

  /** Whether bytes lie within the file. */
  holds(position: number, byteLength: number): boolean {
    return position + byteLength <= this.#file.byteLength;
  }

  /** A tag with its values. An `InputError` where they do not lie within the file, or are of no type of TIFF's. */
  async read({ tag, type, position, byteLength, inside }: TagEntry): Promise<Tag> {
    if (!inside) {
      const [size, where] = [this.#file.byteLength, `tag ${tag} of the directory at byte ${this.position}`];
      throw new InputError(
        Number.isNaN(byteLength)
          ? `${this.#name} is damaged: ${where} has values of type ${type}, which TIFF does not know`
          : `${this.#name} is truncated: ${where} ends at byte ${position + byteLength}, the file has ${size} bytes`,
      );
    }
    const bytes = await this.#file.read(position, byteLength);
    if (!this.littleEndian) reverseEach(bytes, UNIT_BYTES[type] ?? 1);
    return { tag, type, bytes };
  }

  /** The whole numbers of a tag; undefined where it is not there or has none. An `InputError` where it has something else. */
  async numbers(tag: number): Promise<ArrayLike<number> | undefined> {
    const entry = this.entry(tag);
    if (!entry || entry.count === 0) return undefined;
    const read = await this.read(entry);
    if (!isWhole(read.type)) {
      throw new InputError(
        `${this.#name} is damaged: tag ${tag} of the directory at byte ${this.position} has values of type ${read.type}, expected whole numbers`,
      );
    }
    return wholeNumbersOf(read);
  }

  /** The first number of a tag. */
  async number(tag: number): Promise<number | undefined> {
    return (await this.numbers(tag))?.[0];
  }

  /** SamplesPerPixel, which has 16 bits; an `InputError` where it says more. */
  async samplesPerPixel(): Promise<number> {
    const samples = (await this.number(277)) ?? 1;
    if (samples <= MOST_SAMPLES) return samples;
    throw this.damaged(`has ${samples} samples per pixel, expected at most ${MOST_SAMPLES}`);
  }

  /** What is said where something in the directory cannot be. */
  damaged(what: string): InputError {
    return new InputError(`${this.#name} is damaged: the directory at byte ${this.position} ${what}`);
  }
}

/**
 * The directories of a TIFF or BigTIFF of either byte order, one after the other along their chain. Directories that others point to (SubIFDs, EXIF) are not among them.
 * `InputError` where the chain leaves the file or returns to where it was, and where directories lie over one another. `name` is what messages call the file.
 */
export async function* directoriesOf(file: RandomAccess, name: string): AsyncGenerator<TiffDirectory> {
  const near = new NearBytes(file);
  const { encoding, first } = await readHeader(near, name);
  const { big, littleEndian } = encoding;
  const seen = new Set<number>();
  let together = 0;
  let position = first;
  for (let index = 0; position !== 0; index++) {
    if (seen.has(position)) throw new InputError(`${name} is damaged: its page directories form a circle`);
    seen.add(position);
    const within = (end: number): void => {
      if (end <= file.byteLength) return;
      throw new InputError(
        `${name} is truncated: the directory of page ${index} is at bytes ${position} to ${end}, the file has ${file.byteLength} bytes`,
      );
    };
    const countBytes = big ? 8 : 2;
    const entriesAt = position + countBytes;
    within(entriesAt);
    const head = viewOf(await near.read(position, countBytes));
    const count = big ? offsetAt(head, 0, encoding) : head.getUint16(0, littleEndian);
    const length = count * entryBytes(big);
    within(entriesAt + length + inlineBytes(big));
    together += countBytes + length + inlineBytes(big);
    if (together > file.byteLength) {
      throw new InputError(`${name} is damaged: its page directories lie over one another`);
    }
    const entries = await near.read(entriesAt, length + inlineBytes(big));
    yield new TiffDirectory(near, name, position, entriesAt, entries.subarray(0, length), encoding);
    position = offsetAt(viewOf(entries), length, encoding);
  }
}

async function readHeader(
  file: NearBytes,
  name: string,
): Promise<{ readonly encoding: Encoding; readonly first: number }> {
  const expected = (bytes: number): void => {
    if (file.byteLength >= bytes) return;
    throw new InputError(`${name} is truncated: it has ${file.byteLength} bytes, less than a TIFF header`);
  };
  expected(8);
  const view = viewOf(await file.read(0, Math.min(16, file.byteLength)));
  const littleEndian = view.getUint8(0) === 0x49;
  const big = view.getUint16(2, littleEndian) === 43;
  if (!big) return { encoding: { littleEndian, big }, first: view.getUint32(4, littleEndian) };
  expected(16);
  const offsetBytes = view.getUint16(4, littleEndian);
  if (offsetBytes !== 8) {
    throw new InputError(`${name} is damaged: a BigTIFF has offsets of 8 bytes, this one of ${offsetBytes}`);
  }
  const encoding = { littleEndian, big };
  return { encoding, first: offsetAt(view, 8, encoding) };
}

const entryBytes = (big: boolean): number => (big ? 20 : 12);
const inlineBytes = (big: boolean): number => (big ? 8 : 4);

/** Offsets beyond 2^53 are beyond every file, and remain so where they are rounded. */
function offsetAt(view: DataView, at: number, { big, littleEndian }: Encoding): number {
  return big ? Number(view.getBigUint64(at, littleEndian)) : view.getUint32(at, littleEndian);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Reverses the bytes of each number in place. */
export function reverseEach(bytes: Uint8Array, width: number): void {
  if (width === 1) return;
  if (width === 2) {
    for (let at = 0; at + 2 <= bytes.length; at += 2) {
      const first = bytes[at]!;
      bytes[at] = bytes[at + 1]!;
      bytes[at + 1] = first;
    }
    return;
  }
  for (let at = 0; at + width <= bytes.length; at += width) {
    for (let i = at, k = at + width - 1; i < k; i++, k--) {
      const first = bytes[i]!;
      bytes[i] = bytes[k]!;
      bytes[k] = first;
    }
  }
}
