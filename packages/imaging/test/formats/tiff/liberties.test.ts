import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openImage } from "../../../src/formats/openImage.js";
import { decodeLzw } from "../../../src/formats/tiff/codecs/lzw.js";
import type { Block, ImageSource } from "../../../src/image/source.js";
import { countedBytes } from "../handmadeTiff.js";
import { type PageBytes, type TagValues, tiffBytes } from "./tiffBytes.js";

const [WIDTH, HEIGHT] = [5, 6];

/** The rows of a page of 16-bit pixels. */
function pixels(page: number, rows: readonly [number, number] = [0, HEIGHT]): Uint16Array<ArrayBuffer> {
  const [from, to] = rows;
  return Uint16Array.from({ length: (to - from) * WIDTH }, (_, i) => 1000 * page + 37 * (i + from * WIDTH));
}

const bytesOf = ({ buffer }: { readonly buffer: ArrayBuffer }): Uint8Array => new Uint8Array(buffer);

const tags = {
  ...{ 256: [WIDTH], 257: [HEIGHT], 258: { type: 3, values: [16] }, 259: { type: 3, values: [1] } },
  ...{ 262: { type: 3, values: [1] }, 277: { type: 3, values: [1] }, 278: [HEIGHT] },
} as const satisfies PageBytes["tags"];

const page = (more: PageBytes["tags"] = {}, blocks = [bytesOf(pixels(0))]): PageBytes => {
  return { blocks, tags: { ...tags, ...more } };
};

const open = (bytes: Uint8Array): Promise<ImageSource> => openImage("a.tif", countedBytes(bytes));
const read = async (bytes: Uint8Array): Promise<Block> => (await open(bytes)).read();
const refused = (bytes: Uint8Array): Promise<string> =>
  read(bytes).then(
    ({ shape }) => `read as ${shape.join()}`,
    (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
  );

const strips = [0, 2, 4].map((from) => bytesOf(pixels(0, [from, from + 2])));

describe("liberties that programs take are understood as libtiff does", () => {
  const taken: Readonly<Record<string, Uint8Array>> = {
    "a byte count of 0": tiffBytes([page({ 279: [0] })]),
    "a byte count that is too small": tiffBytes([page({ 279: [7] })]),
    "a byte count beyond the end of the file": tiffBytes([page({ 279: [100000] })]),
    "no byte counts": tiffBytes([page({ 279: undefined })]),
    "byte counts of 0 of several strips": tiffBytes([page({ 278: [2], 279: [0, 0, 0] }, strips)]),
    "no rows per strip": tiffBytes([page({ 278: undefined })]),
    "no rows per strip of several strips": tiffBytes([page({ 278: undefined }, strips)]),
    "rows per strip beyond the page": tiffBytes([page({ 278: [2 ** 32 - 1] })]),
    "tags in the wrong order": tiffBytes([page()], { reversed: true }),
    "numbers of other types": tiffBytes([
      page({ 256: { type: 3, values: [WIDTH] }, 258: [16], 259: { type: 1, values: [1] } }),
    ]),
    "no compression, photometric interpretation and samples per pixel": tiffBytes([
      page({ 259: undefined, 262: undefined, 277: undefined }),
    ]),
    "an undefined sample format": tiffBytes([page({ 339: { type: 3, values: [4] } })]),
  };
  test.each(Object.entries(taken))("%s", async (_, bytes) => {
    const block = await read(bytes);
    expect(block).toMatchObject({ shape: [HEIGHT, WIDTH], dtype: "uint16" });
    expect(block.data).toEqual(pixels(0));
  });

  test("compressed strips without byte counts end where the next one begins, the last one at the directory", async () => {
    const deflated = strips.map((strip) => new Uint8Array(deflateSync(strip)));
    for (const counts of [undefined, [0, 0, 0]]) {
      const bytes = tiffBytes([page({ 259: { type: 3, values: [8] }, 278: [2], 279: counts }, deflated)]);
      expect((await read(bytes)).data).toEqual(pixels(0));
    }
  });
});

describe("planes behind one directory", () => {
  const planes = [0, 1, 2, 3].map((plane) => bytesOf(pixels(plane)));
  const whole = Uint8Array.from(planes.flatMap((plane) => [...plane]));
  const all = Uint16Array.from([0, 1, 2, 3].flatMap((plane) => [...pixels(plane)]));
  /** MetaMorph's tag, which has six numbers for each plane: it counts pairs, so that most of it lies behind its end. */
  const uic2 = (z: readonly number[]): TagValues => {
    return { type: 5, values: z.flatMap((distance) => [distance, 1]) };
  };
  const stacked = (more: PageBytes["tags"], blocks: readonly Uint8Array[] = [whole]): PageBytes => {
    return page({ 279: [planes[0]!.length], ...more }, [...blocks]);
  };

  test("MetaMorph's and tifffile's are pages", async () => {
    const metamorph = await read(tiffBytes([stacked({ 33629: uic2([0, 1, 2, 3]) })]));
    expect(metamorph).toMatchObject({ axes: ["T", "Y", "X"], shape: [4, HEIGHT, WIDTH] });
    expect(metamorph.data).toEqual(all);
    const described = (description: string): Promise<Block> =>
      read(tiffBytes([stacked({ 270: description })]));
    const plain = await described('{"shape": [4, 6, 5], "truncated": true}');
    expect(plain).toMatchObject({ axes: ["T", "Y", "X"], shape: [4, HEIGHT, WIDTH] });
    expect(plain.data).toEqual(all);
    const named = await described('{"shape": [2, 2, 6, 5], "axes": "ZCYX", "truncated": true}');
    expect(named).toMatchObject({ axes: ["Z", "C", "Y", "X"], shape: [2, 2, HEIGHT, WIDTH] });
    expect(named.data).toEqual(all);
    expect(await described('{"shape": [4, 6, 5]}')).toMatchObject({ shape: [HEIGHT, WIDTH] });
  });

  test("of MetaMorph are depths where all are at a distance from one another", async () => {
    const planesAt = (distances: readonly number[]): Promise<Block> => {
      const values = distances.flatMap((distance) => [distance, 1, 2451545, 1000, 2451545, 1000]);
      const bytes = tiffBytes([stacked({ 33629: { type: 5, values } })]);
      const view = new DataView(bytes.buffer);
      const directory = view.getUint32(4, true);
      for (let entry = directory + 2; entry < bytes.length - 12; entry += 12) {
        if (view.getUint16(entry, true) === 33629) view.setUint32(entry + 4, distances.length, true);
      }
      return read(bytes);
    };
    expect((await planesAt([500, 500, 500, 500])).axes).toEqual(["Z", "Y", "X"]);
    expect((await planesAt([0, 500, 500, 500])).axes).toEqual(["T", "Y", "X"]);
  });

  test("of several strips, the others follow them", async () => {
    const tag = { 33629: uic2([0, 1, 2, 3]), 278: [2], 279: strips.map(({ length }) => length) };
    const bytes = tiffBytes([page(tag, [...strips, ...planes.slice(1)])]);
    // Only the strips of the first plane are named.
    const block = await read(bytes);
    expect(block.data).toEqual(all);
  });

  test("are refused where they cannot be found", async () => {
    const deflated = new Uint8Array(deflateSync(whole));
    const tag = { 33629: uic2([0, 1, 2, 3]) };
    expect(await refused(tiffBytes([stacked({ ...tag, 259: { type: 3, values: [8] } }, [deflated])]))).toBe(
      "InputError: a.tif: one directory describes 4 planes (MetaMorph), whose pixels do not lie uncompressed behind one another; convert it to one page per plane first",
    );
    expect(await refused(tiffBytes([stacked(tag), page()]))).toBe(
      "InputError: a.tif has 2 pages, the first of which stands for 4 planes (MetaMorph), which is not read; convert it to one page per plane first",
    );
    const cut = tiffBytes([stacked({ 270: '{"shape": [40, 6, 5], "truncated": true}' })]);
    expect(await refused(cut)).toMatch(
      /^InputError: a\.tif is truncated: page \d+ ends at byte \d+, the file has/,
    );
  });

  test("are none where each has a directory", async () => {
    const bytes = tiffBytes([page({ 33629: uic2([0, 1]) }), page({}, [bytesOf(pixels(1))])]);
    expect((await read(bytes)).shape).toEqual([2, HEIGHT, WIDTH]);
  });
});

describe("a file whose later pages are gone", () => {
  const bytes = tiffBytes([0, 1, 2].map((index) => page({}, [bytesOf(pixels(index))])));
  const cut = bytes.slice(0, -20);
  const pagesOf = (first: number, last: number): Promise<ImageSource> =>
    openImage("a.tif", countedBytes(cut), { pages: { first, last } });

  test("says which pages are there, and gives them", async () => {
    expect(await refused(cut)).toMatch(
      /^InputError: a\.tif is truncated: the directory of page 2 is at bytes .*; pages before that can be selected with a\.tif#0-1$/,
    );
    const source = await pagesOf(0, 1);
    expect(source).toMatchObject({ axes: ["T", "Y", "X"], shape: [2, HEIGHT, WIDTH] });
    expect((await source.read({ T: 1 })).data).toEqual(pixels(1));
    expect((await (await pagesOf(1, 1)).read()).data).toEqual(pixels(1));
    await expect(pagesOf(1, 2)).rejects.toThrow(/can be selected with a\.tif#0-1/);
  });
});

describe("samples", () => {
  const wide = (values: Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>, format: number): Uint8Array =>
    tiffBytes([
      page({ 256: [values.length], 257: [1], 258: [32], 278: [1], 339: [format] }, [bytesOf(values)]),
    ]);

  test("wide integers that float32 holds are read exactly, others refused with their value", async () => {
    const fitting = Int32Array.of(-(2 ** 24), -1, 0, 2 ** 24);
    expect((await read(wide(fitting, 2))).data).toEqual(Float32Array.from(fitting));
    const sentence = (value: number): string =>
      `InputError: a.tif: page 0 has the value ${value}, which float32 does not hold exactly (whole numbers up to 16777216 are read); subtract a constant or scale it to 16 bits first`;
    expect(await refused(wide(Int32Array.of(0, -(2 ** 24) - 1), 2))).toBe(sentence(-16777217));
    expect(await refused(wide(Uint32Array.of(0, 2 ** 32 - 1), 1))).toBe(sentence(4294967295));
  });

  test("signed ones of fewer bits keep their sign", async () => {
    // 1, -1, -8, 7 in 4 bits.
    const bytes = tiffBytes([
      page({ 256: [4], 257: [1], 258: [4], 278: [1], 339: [2] }, [Uint8Array.of(0x1f, 0x87)]),
    ]);
    expect(await read(bytes)).toMatchObject({ dtype: "int16", data: Int16Array.of(1, -1, -8, 7) });
  });

  test("12 bits that are stored as 16 are refused, not taken apart", async () => {
    expect(await refused(tiffBytes([page({ 258: [12] })]))).toMatch(
      /says that it has 12 bits per sample, but has/,
    );
  });

  test.each<[string, PageBytes["tags"], RegExp]>([
    [
      "24 bits",
      { 258: [24] },
      /^InputError: a\.tif: page 0 has 24-bit unsigned integer pixels, expected integers/,
    ],
    ["complex numbers", { 258: [32], 339: [5] }, /has 32-bit complex integer pixels, expected/],
    [
      "mixed colours pixel by pixel",
      { 262: [6], 277: [3], 258: [8, 8, 8] },
      /page 0 has 3 samples per pixel \(colours\), expected 1, or red, green and blue; convert it to RGB/,
    ],
    [
      "channels of several types",
      { 277: [2], 284: [2], 258: [8, 16] },
      /different bits per sample \(8 and 16\)/,
    ],
    [
      "JPEG",
      { 259: [7] },
      /uses TIFF compression 7 \(JPEG\), expected none, LZW, deflate, PackBits, zstd; convert it/,
    ],
    ["LZMA", { 259: [34925] }, /compression 34925 \(LZMA\)/],
    ["a compression of the future", { 259: [60000] }, /compression 60000, expected/],
    [
      "a predictor of integers for floats",
      { 259: [8], 317: [3] },
      /has predictor 3 with compression deflate and 16-bit integers/,
    ],
    ["a predictor without compression", { 317: [2] }, /has predictor 2 with compression none/],
    ["a page without pixels", { 257: [0] }, /page 0 has no pixels/],
    ["tiles without pixels", { 322: [0], 323: [16] }, /has tiles without pixels/],
    ["strips that are not stored", { 273: [0] }, /is damaged: block 0 of page 0 is not stored/],
    ["too few strips", { 278: [2] }, /does not say where its 3 blocks of pixels are/],
    ["an offset that is text", { 273: "here" }, /has values of type 2, expected whole numbers/],
    [
      "OME with samples",
      {
        277: [2],
        284: [2],
        270: "<?xml version='1.0'?><OME xmlns='http://www.openmicroscopy.org/Schemas/OME/2016-06'/>",
      },
      /is an OME-TIFF with several samples/,
    ],
  ])("%s is one sentence", async (_, more, sentence) => {
    expect(await refused(tiffBytes([page(more)]))).toMatch(sentence);
  });

  test("colours that are stored apart are channels", async () => {
    const planes = [0, 1, 2].map((plane) => bytesOf(pixels(plane)));
    const bytes = tiffBytes([page({ 262: [2], 277: [3], 284: [2], 258: [16, 16, 16] }, planes)]);
    const block = await read(bytes);
    expect(block).toMatchObject({ axes: ["C", "Y", "X"], shape: [3, HEIGHT, WIDTH] });
    expect(block.data).toEqual(Uint16Array.from([0, 1, 2].flatMap((plane) => [...pixels(plane)])));
  });
});

describe("LZW of libtiff before 1992", () => {
  /** Codes of 9 bits, then of 10, the lowest bit first. */
  const packed = (nine: readonly number[], ten: readonly number[] = []): Uint8Array => {
    const bitsOf = (code: number, width: number): number[] =>
      Array.from({ length: width }, (_, bit) => (code >> bit) & 1);
    const bits = [...nine.flatMap((code) => bitsOf(code, 9)), ...ten.flatMap((code) => bitsOf(code, 10))];
    const bytes = new Uint8Array(Math.ceil(bits.length / 8));
    bits.forEach((bit, i) => {
      bytes[i >> 3]! |= bit << (i & 7);
    });
    return bytes;
  };

  test("has its lowest bit first", () => {
    const bytes = packed([256, 65, 66, 258, 260, 67, 257]);
    expect([...decodeLzw(bytes, 8)]).toEqual([65, 66, 65, 66, 65, 66, 65, 67]);
  });

  test("has wider codes when the table is full, not one entry before", () => {
    // The first byte makes no entry: 255 of them make 258 to 511.
    const bytes = Array.from({ length: 255 }, (_, i) => i % 251);
    const expected = [...bytes, 42, 43, 7];
    expect([...decodeLzw(packed([256, ...bytes], [300, 7]), expected.length)]).toEqual(expected);
  });
});
