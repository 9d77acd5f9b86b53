import type { RandomStream } from "@clidim/imaging";

/** Makes a damaged file of a whole one. */
export type Mutation = (bytes: Uint8Array, random: RandomStream) => Uint8Array;

/** Sizes at which counts, offsets and dimensions go wrong. */
const SIZES: readonly bigint[] = [
  ...[0n, 1n, 2n, 7n, 255n, 256n, 65535n, 65536n, 2n ** 24n, 2n ** 30n],
  ...[2n ** 31n - 1n, 2n ** 31n, 2n ** 31n + 1n, 2n ** 32n - 2n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 33n + 1n],
  ...[2n ** 40n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n],
];

const pick = <T>(values: readonly T[], random: RandomStream): T => values[random.integer(values.length)]!;

/** A size at which something may go wrong, that of the file and those next to it among them. */
function size(bytes: Uint8Array, random: RandomStream): bigint {
  const own = BigInt(bytes.length);
  return random.integer(4) === 0
    ? pick([own - 1n, own, own + 1n, own / 2n, own * 2n], random)
    : pick(SIZES, random);
}

function put(bytes: Uint8Array, at: number, width: number, value: bigint, littleEndian: boolean): void {
  for (let i = 0; i < width; i++) {
    const place = at + (littleEndian ? i : width - 1 - i);
    if (place < bytes.length) bytes[place] = Number((value >> BigInt(8 * i)) & 255n);
  }
}

/** A few bytes changed, numbers made extreme, pieces put elsewhere, left out or repeated, the end cut off. */
export const mutateBytes: Mutation = (bytes, random) => {
  let out = bytes.slice();
  const places = 1 + random.integer(4);
  for (let i = 0; i < places; i++) {
    const near = random.integer(2) ? out.length : Math.min(out.length, 1024);
    const at = random.integer(Math.max(1, near));
    const kind = random.integer(8);
    if (kind === 0 && at < out.length) out[at]! ^= 1 << random.integer(8);
    else if (kind === 1) out[at] = random.integer(256);
    else if (kind === 2) out.fill(255, at, at + 1 + random.integer(8));
    else if (kind === 3) out.fill(0, at, at + 1 + random.integer(8));
    else if (kind === 4) put(out, at, pick([2, 4, 8], random), size(bytes, random), random.integer(2) === 0);
    else if (kind === 5)
      out.copyWithin(at, random.integer(out.length), Math.min(out.length, at + random.integer(64)));
    else if (kind === 6) out = joined(out.subarray(0, at), out.subarray(at + random.integer(32)));
    else out = joined(out.subarray(0, at + random.integer(64)), out.subarray(at));
  }
  return random.integer(6) ? out : out.slice(0, random.integer(out.length + 1));
};

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Tags that say how large something is, where it is and how it is stored. */
const TIFF_TAGS: readonly number[] = [
  ...[254, 255, 256, 257, 258, 259, 262, 266, 270, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325],
  ...[330, 338, 339, 700, 33628, 33629, 34361, 34412, 42113, 50838, 50839],
];
const TIFF_COMPRESSIONS: readonly bigint[] = [1n, 5n, 8n, 32773n, 32946n, 50000n];

/** Numbers in the directories of a TIFF: tags, types, counts, values and where the next directory is. Other files as `mutateBytes`. */
export const mutateTiff: Mutation = (bytes, random) => {
  const places = random.integer(3) === 0 ? [] : entriesOf(bytes);
  if (places.length === 0) return mutateBytes(bytes, random);
  const out = bytes.slice();
  const changes = 1 + random.integer(3);
  for (let i = 0; i < changes; i++) {
    const { at, big, littleEndian, value } = pick(places, random);
    const width = big ? 8 : 4;
    const kind = random.integer(6);
    if (kind === 0) put(out, at, 2, BigInt(pick(TIFF_TAGS, random)), littleEndian);
    else if (kind === 1) put(out, at + 2, 2, BigInt(random.integer(20)), littleEndian);
    else if (kind === 2) put(out, at + 4, width, size(bytes, random), littleEndian);
    else if (kind === 3) put(out, at + 4 + width, 2, pick(TIFF_COMPRESSIONS, random), littleEndian);
    else if (kind === 4) {
      // As a number of 32 bits, whatever it was.
      put(out, at + 2, 2, 4n, littleEndian);
      put(out, at + 4 + width, 4, size(bytes, random), littleEndian);
    } else put(out, random.integer(2) ? at + 4 + width : value, width, size(bytes, random), littleEndian);
  }
  return random.integer(4) ? out : mutateBytes(out, random);
};

interface Place {
  readonly at: number;
  readonly big: boolean;
  readonly littleEndian: boolean;
  /** Where the values are. */
  readonly value: number;
}

function entriesOf(bytes: Uint8Array): Place[] {
  if (bytes.length < 16) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] === 0x49;
  const big = view.getUint16(2, littleEndian) === 43;
  const number = (at: number): number =>
    big ? Number(view.getBigUint64(at, littleEndian)) : view.getUint32(at, littleEndian);
  const [entry, counted, width] = big ? [20, 8, 8] : [12, 2, 4];
  const places: Place[] = [];
  for (let at = number(big ? 8 : 4), pages = 0; at > 0 && pages < 8; pages++) {
    const count = big ? number(at) : view.getUint16(at, littleEndian);
    for (let i = 0; i < count; i++) {
      const place = at + counted + i * entry;
      places.push({ at: place, big, littleEndian, value: number(place + 4 + width) });
    }
    at = number(at + counted + count * entry);
  }
  return places;
}

const TOKENS: readonly string[] = [
  ...[
    "0",
    "-1",
    "1e999",
    "NaN",
    "null",
    "true",
    '""',
    "[]",
    "{}",
    "\0",
    "\n",
    ": ",
    "- ",
    "&a ",
    "*a",
    "&a [*a, *a]",
  ],
  ...[
    "999999999999999999999",
    "4294967296",
    "-0.5",
    '"\\ud800"',
    "<<: *a",
    "? ",
    "!!binary ",
    "__proto__",
    "---\n",
  ],
];

/** Numbers made extreme; words and lines put in, left out, repeated and swapped. Of text. */
export const mutateText: Mutation = (bytes, random) => {
  if (random.integer(5) === 0) return mutateBytes(bytes, random);
  let text = new TextDecoder().decode(bytes);
  const changes = 1 + random.integer(4);
  for (let i = 0; i < changes; i++) {
    const kind = random.integer(5);
    const at = random.integer(text.length + 1);
    if (kind === 0) {
      const numbers = [...text.matchAll(/\d+(\.\d+)?/g)];
      const found = numbers.length > 0 ? pick(numbers, random) : undefined;
      if (found) {
        text = `${text.slice(0, found.index)}${size(bytes, random)}${text.slice(found.index + found[0].length)}`;
      }
    } else if (kind === 1) text = text.slice(0, at) + pick(TOKENS, random) + text.slice(at);
    else if (kind === 2) text = text.slice(0, at) + text.slice(at + random.integer(40));
    else {
      const lines = text.split("\n");
      const [from, to] = [random.integer(lines.length), random.integer(lines.length)];
      if (kind === 3) lines.splice(to, 0, lines[from]!);
      else [lines[from], lines[to]] = [lines[to]!, lines[from]!];
      text = lines.join("\n");
    }
  }
  return new TextEncoder().encode(text);
};
