/** A tag of `tiffBytes`: numbers of type SHORT, LONG or another, or the text of an ASCII tag. */
export type TagValues =
  | string
  | readonly number[]
  | { readonly type: number; readonly values: readonly number[] };

/** A page of `tiffBytes`. */
export interface PageBytes {
  /** Strips or tiles. Where they are is put into tags 273 and 279 unless `tags` has these. */
  readonly blocks: readonly Uint8Array[];
  readonly tags: Readonly<Record<number, TagValues | undefined>>;
  /** Tags that are there twice, behind those of the same number. */
  readonly again?: Readonly<Record<number, TagValues>>;
}

/** A classic little-endian TIFF with exactly these tags, and values that need not be true. Tags are in the order of numbers unless `reversed`. */
export function tiffBytes(
  pages: readonly PageBytes[],
  { reversed = false }: { readonly reversed?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [Uint8Array.of(0x49, 0x49, 42, 0, 0, 0, 0, 0)];
  let length = 8;
  const put = (bytes: Uint8Array): number => {
    const at = length;
    const even = new Uint8Array(bytes.length + (bytes.length % 2));
    even.set(bytes);
    parts.push(even);
    length += even.length;
    return at;
  };
  let link = { view: new DataView(parts[0]!.buffer), at: 4 };
  for (const { blocks, tags, again = {} } of pages) {
    // Strips of planes follow one another without gaps.
    const joined = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0));
    const starts: number[] = [];
    let at = 0;
    for (const block of blocks) {
      joined.set(block, at);
      starts.push(at);
      at += block.length;
    }
    const base = put(joined);
    const all: Record<number, TagValues | undefined> = {
      273: { type: 4, values: starts.map((start) => base + start) },
      279: { type: 4, values: blocks.map((block) => block.length) },
      ...tags,
    };
    const entries = [...Object.entries(all), ...Object.entries(again)]
      .flatMap(([tag, values]) => (values ? [[Number(tag), values] as const] : []))
      .toSorted(([a], [b]) => a - b);
    if (reversed) entries.reverse();
    const directory = new Uint8Array(2 + 12 * entries.length + 4);
    const view = new DataView(directory.buffer);
    view.setUint16(0, entries.length, true);
    entries.forEach(([tag, values], i) => {
      const { type, bytes, count } = encoded(values);
      const entry = 2 + 12 * i;
      view.setUint16(entry, tag, true);
      view.setUint16(entry + 2, type, true);
      view.setUint32(entry + 4, count, true);
      if (bytes.length <= 4) directory.set(bytes, entry + 8);
      else view.setUint32(entry + 8, put(bytes), true);
    });
    link.view.setUint32(link.at, put(directory), true);
    // `put` keeps a copy.
    link = { view: new DataView(parts.at(-1)!.buffer), at: directory.length - 4 };
  }
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function encoded(values: TagValues): { type: number; bytes: Uint8Array; count: number } {
  if (typeof values === "string") {
    const bytes = new TextEncoder().encode(`${values}\0`);
    return { type: 2, bytes, count: bytes.length };
  }
  const { type, values: numbers } = "type" in values ? values : { type: 4, values };
  const arrays: Readonly<
    Record<number, (numbers: readonly number[]) => Uint8Array | Uint16Array | Uint32Array>
  > = {
    1: (list) => Uint8Array.from(list),
    3: (list) => Uint16Array.from(list),
    4: (list) => Uint32Array.from(list),
    5: (list) => Uint32Array.from(list),
  };
  const array = arrays[type]!(numbers);
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return { type, bytes, count: type === 5 ? numbers.length / 2 : numbers.length };
}
