import { describe, expect, test } from "vitest";
import { decodeHere } from "../../../src/formats/compiledDecoders.js";
import { openImage } from "../../../src/formats/openImage.js";
import type { RandomAccess } from "../../../src/formats/randomAccess.js";
import { COMPRESSIONS } from "../../../src/formats/tiff/compression.js";
import { directoriesOf, type TiffDirectory } from "../../../src/formats/tiff/readDirectory.js";
import { counterRandom, type RandomStream } from "../../../src/image/counterRandom.js";
import { InputError } from "../../../src/image/inputError.js";
import { type MatrixFile, shippedMatrix } from "./decodingMatrix.js";
import { tiffBytes } from "./tiffBytes.js";

const SEED = 20260;
const MUTATIONS = 4000;

/** Bytes that refuse reads which a reader has not checked before, and reads larger than they are. */
function strictBytes(bytes: Uint8Array): RandomAccess {
  return {
    byteLength: bytes.length,
    read: async (offset, length) => {
      if (!(offset >= 0 && length >= 0 && offset + length <= bytes.length)) {
        throw new Error(`unchecked read of ${length} bytes at ${offset} of ${bytes.length}`);
      }
      return bytes.slice(offset, offset + length);
    },
  };
}

/** A few bytes changed, numbers made extreme, the end cut off, or a piece put elsewhere. */
function mutated(bytes: Uint8Array, random: RandomStream): Uint8Array {
  const out = bytes.slice();
  const places = 1 + random.integer(4);
  for (let i = 0; i < places; i++) {
    // The first kilobyte has the header and often a directory.
    const at = random.integer(random.integer(2) ? out.length : Math.min(out.length, 1024));
    const kind = random.integer(5);
    if (kind === 0) out[at]! ^= 1 << random.integer(8);
    else if (kind === 1) out[at] = random.integer(256);
    else if (kind === 2) out.fill(255, at, at + 1 + random.integer(8));
    else if (kind === 3) out.fill(0, at, at + 1 + random.integer(8));
    else out.copyWithin(at, random.integer(out.length), Math.min(out.length, at + random.integer(64)));
  }
  return random.integer(5) ? out : out.slice(0, random.integer(out.length));
}

/** What becomes of a file: its pixels, or the sentence that refuses it. Whatever else is thrown leaves. */
async function outcome(file: MatrixFile, bytes: Uint8Array): Promise<string> {
  try {
    const source = await openImage(file.file, strictBytes(bytes));
    const [height, width] = source.shape.slice(-2) as [number, number];
    const region = {
      ...Object.fromEntries(source.axes.slice(0, -2).map((axis) => [axis, 0])),
      Y: [0, Math.min(height, 64)],
      X: [0, Math.min(width, 64)],
    } as const;
    const { data } = await source.read(region);
    expect(data.length).toBe(Math.min(height, 64) * Math.min(width, 64));
    return "pixels";
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.message).toMatch(/^\S+\.tif/);
    expect(error.message).not.toMatch(/\n|undefined|NaN|\[object/);
    return "refused";
  }
}

describe("damaged files end in pixels or a sentence, in time and within memory", () => {
  const files = shippedMatrix();
  test("of every kind, changed anywhere", async () => {
    const random = counterRandom(SEED, 0);
    const counts: Record<string, number> = {};
    for (let i = 0; i < MUTATIONS; i++) {
      const [file, bytes] = files[random.integer(files.length)]!;
      const changed = mutated(bytes, random);
      const memory = process.memoryUsage().arrayBuffers;
      const what = await outcome(file, changed).catch((error: unknown) => {
        throw new Error(`mutation ${i} of ${file.file}: ${String(error)}`, { cause: error });
      });
      expect(process.memoryUsage().arrayBuffers - memory).toBeLessThan(2 ** 28);
      counts[what] = (counts[what] ?? 0) + 1;
    }
    // Both happen often, so that both are tried.
    expect(counts.pixels).toBeGreaterThan(MUTATIONS / 10);
    expect(counts.refused).toBeGreaterThan(MUTATIONS / 10);
  }, 240_000);

  test.each(["lzw", "deflate", "packBits", "zstd"] as const)(
    "a strip of %s gives as many bytes as it should have, or an error",
    async (name) => {
      const called = { lzw: "lzw", deflate: "zip", packBits: "packbits", zstd: "zstd" }[name];
      const [file, bytes] = files.find(([{ file }]) => file === `libtiff-uint16-L-strips-${called}-1.tif`)!;
      const { value } = await directoriesOf(strictBytes(bytes), file.file).next();
      const directory = value as TiffDirectory; // the first of several
      const [at, count] = [(await directory.number(273))!, (await directory.number(279))!];
      const block = bytes.slice(at, at + count);
      const length = 7 * file.width * 2;
      const { decode } = COMPRESSIONS[name];
      expect((await decode(block.slice(), length, decodeHere)).length).toBe(length);
      const random = counterRandom(SEED, 1);
      let refused = 0;
      for (let i = 0; i < 600; i++) {
        const changed = mutated(block, random);
        const out = await Promise.resolve()
          .then(() => decode(changed, length, decodeHere))
          .catch((error: unknown) => error);
        if (out instanceof Uint8Array) expect(out.length).toBe(length);
        else expect(out).toBeInstanceOf(Error);
        if (out instanceof Error) refused++;
      }
      expect(refused).toBeGreaterThan(100);
    },
  );

  test("a file of hundreds of bytes that says it has thousands of millions of pixels takes no memory for them", async () => {
    for (const [compression, sentence] of [
      [1, /is truncated: page 0 ends at byte/],
      [5, /block 0 of page 0 has 100 bytes of LZW, expected at least/],
      [8, /has 100 bytes of deflate, expected at least/],
      [32773, /has 100 bytes of PackBits, expected at least/],
      [50000, /has 100 bytes of zstd, expected at least/],
    ] as const) {
      const huge = {
        256: [100000],
        257: [100000],
        258: [16],
        259: [compression],
        262: [1],
        277: [1],
        278: [100000],
      };
      const bytes = tiffBytes([{ blocks: [new Uint8Array(100)], tags: huge }]);
      await expect(openImage("huge.tif", strictBytes(bytes))).rejects.toThrow(sentence);
    }
  });

  test("tables and texts that say they have thousands of millions of values are refused or left out", async () => {
    const page = {
      blocks: [new Uint8Array(12)],
      tags: { 256: [4], 257: [3], 258: [8], 262: [1], 278: [3], 270: "words" },
    };
    for (const [tag, result] of [
      [273, /huge\.tif is truncated: tag 273 of the directory at byte \d+ ends at byte/],
      [270, undefined],
    ] as const) {
      const bytes = tiffBytes([page]);
      const view = new DataView(bytes.buffer);
      const directory = view.getUint32(4, true);
      for (let entry = directory + 2; entry < bytes.length - 12; entry += 12) {
        if (view.getUint16(entry, true) === tag) view.setUint32(entry + 4, 2 ** 32 - 1, true);
      }
      const opened = openImage("huge.tif", strictBytes(bytes));
      if (result) await expect(opened).rejects.toThrow(result);
      else expect((await opened).metadata.text).toBeUndefined();
    }
  });

  const small = { 256: [4], 257: [3], 258: [8], 259: [1], 262: [1], 277: [1], 278: [3] };
  const refused = (bytes: Uint8Array): Promise<string> =>
    openImage("bad.tif", strictBytes(bytes)).then(
      () => "opened",
      (error: unknown) => String(error),
    );

  test("samples, planes and pages without end are not listed", async () => {
    const samples = { ...small, 277: { type: 4, values: [2 ** 32 - 1] } };
    expect(await refused(tiffBytes([{ blocks: [new Uint8Array(12)], tags: samples }]))).toMatch(
      /^InputError: bad\.tif is damaged: the directory at byte \d+ has 4294967295 samples per pixel, expected at most 65535$/,
    );
    const planes = { ...small, 270: '{"shape": [4000000000, 3, 4], "truncated": true}' };
    expect(await refused(tiffBytes([{ blocks: [new Uint8Array(24)], tags: planes }]))).toMatch(
      /^InputError: bad\.tif is truncated: page \d+ ends at byte \d+, the file has \d+ bytes; pages before that/,
    );
    const many = { ...small, 277: [60000], 284: [2], 256: [1], 257: [1], 278: [1] };
    const pages = Array.from({ length: 3 }, () => ({ blocks: [new Uint8Array(1)], tags: many }));
    expect(await refused(tiffBytes(pages))).toMatch(
      /is damaged: the directory at byte \d+ makes more than 65\d+ pages of the file's \d+ bytes; pages before that/,
    );
  });

  test("one block in many places makes a page, but not one without end", async () => {
    const tiles = (side: number): Uint8Array =>
      tiffBytes([
        {
          blocks: [new Uint8Array(256 * 256)],
          tags: {
            ...{ ...small, 256: [256 * side], 257: [256 * side], 278: undefined, 322: [256], 323: [256] },
            324: { type: 4, values: Array.from({ length: side * side }, () => 8) },
            325: { type: 4, values: Array.from({ length: side * side }, () => 256 * 256) },
          },
        },
      ]);
    expect((await openImage("good.tif", strictBytes(tiles(4)))).shape).toEqual([1024, 1024]);
    expect(await refused(tiles(40))).toMatch(
      /^InputError: bad\.tif is damaged: page 0 has 104857600 bytes of pixels, which no \d+ bytes of a file can hold$/,
    );
  });

  test("directories and values that lie over one another are not read for ever", async () => {
    // Two directories of 20 entries, at bytes 8 and 12.
    const overlapping = new Uint8Array(300);
    overlapping.set([0x49, 0x49, 42, 0, 8, 0, 0, 0, 20, 0, 0, 0, 20, 0]);
    overlapping.set([12, 0, 0, 0], 8 + 2 + 12 * 20);
    const visited: number[] = [];
    await expect(async () => {
      for await (const { position } of directoriesOf(strictBytes(overlapping), "bad.tif"))
        visited.push(position);
    }).rejects.toThrow("bad.tif is damaged: its page directories lie over one another");
    expect(visited).toEqual([8]);
    const text = "x".repeat(3000);
    const places = tiffBytes([
      { blocks: [new Uint8Array(12)], tags: { ...small, 269: text, 271: "a", 272: "b", 305: "c" } },
    ]);
    const values = new DataView(places.buffer);
    const directory = values.getUint32(4, true);
    for (let i = 0; i < values.getUint16(directory, true); i++) {
      const entry = directory + 2 + 12 * i;
      if (values.getUint16(entry + 2, true) !== 2 || values.getUint32(entry + 4, true) > 100) continue;
      values.setUint32(entry + 4, 2900 + i, true);
      values.setUint32(entry + 8, 9 + i, true);
    }
    expect(await refused(places)).toMatch(
      /the directory at byte \d+ and those before have values that lie over one another/,
    );
  });
});
