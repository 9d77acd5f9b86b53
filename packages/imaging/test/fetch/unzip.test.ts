import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { type ArchivedFile, zipArchive } from "@clidim/testing/zipArchive";
import { describe, expect, test } from "vitest";
import { unzip } from "../../src/fetch/unzip.js";

const folder = temporaryFolder();
const long = Buffer.alloc(300_000, "0123456789abcdef");
let count = 0;

/** Writes the archive and unpacks it into a folder of its own. */
async function unpacked(bytes: Uint8Array): Promise<{ paths: string[]; out: string }> {
  const archive = join(folder, `a${count}.zip`);
  const out = join(folder, `out${count++}`);
  writeFileSync(archive, bytes);
  mkdirSync(out);
  return { paths: await unzip(archive, out), out };
}

test("unpacks stored and deflated files without the folders that all share, and without what only macOS reads", async () => {
  const { paths, out } = await unpacked(
    zipArchive(
      [
        { name: "Mouse actin/", data: Buffer.alloc(0), deflate: false },
        { name: "Mouse actin/data/long.tif", data: long },
        { name: "Mouse actin/data/more/stored.tif", data: Buffer.from("abc"), deflate: false },
        { name: "Mouse actin/data/empty", data: Buffer.alloc(0), deflate: false },
        { name: "Mouse actin/.DS_Store", data: Buffer.from("x") },
        { name: "__MACOSX/Mouse actin/data/._long.tif", data: Buffer.from("x") },
      ],
      { comment: "a comment, which the end record stands before" },
    ),
  );
  expect(paths).toEqual(["long.tif", "more/stored.tif", "empty"]);
  expect(readFileSync(join(out, "long.tif"))).toEqual(long);
  expect(readFileSync(join(out, "more", "stored.tif"), "utf8")).toBe("abc");
  expect(readFileSync(join(out, "empty"))).toHaveLength(0);
  expect(readdirSync(out).sort()).toEqual(["empty", "long.tif", "more"]);
});

test("reads Zip64 archives, and backslashes as Windows writes them", async () => {
  const { paths, out } = await unpacked(
    zipArchive(
      [
        { name: "a.tif", data: long, zip64: true },
        { name: "sub\\b.tif", data: Buffer.from("b"), zip64: true },
      ],
      { zip64: true },
    ),
  );
  expect(paths).toEqual(["a.tif", "sub/b.tif"]);
  expect(readFileSync(join(out, "a.tif"))).toEqual(long);
});

describe("refuses before anything is written", () => {
  const good: ArchivedFile = { name: "good.tif", data: long };
  const data = Buffer.from("evil");
  test.each<[string, ArchivedFile[], RegExp]>([
    ["a way up", [good, { name: "a/../../evil", data }], /"a\/\.\.\/\.\.\/evil" leads out of the folder/],
    ["a way up with backslashes", [good, { name: "..\\evil", data }], /leads out of the folder/],
    ["an absolute path", [good, { name: "/tmp/evil", data }], /leads out of the folder/],
    ["a drive", [good, { name: "C:\\evil", data }], /leads out of the folder/],
    ["a link", [good, { name: "link", data, mode: 0o120777 }], /"link" is a link/],
    ["encryption", [good, { name: "secret", data, flags: 1 }], /"secret" is encrypted/],
    ["other compressions", [good, { name: "packed", data, method: 14 }], /method 14, expected deflate/],
    ["a name twice", [good, { name: "GOOD.tif", data }], /holds GOOD\.tif twice/],
    [
      "a file that is a folder",
      [good, { name: "Good.tif/a", data }],
      /holds good\.tif as a file and as a folder/,
    ],
    ["a long name", [good, { name: `${"é".repeat(128)}/a`, data }], /has a name of more than 255 bytes/],
    ["a zero byte", [good, { name: "a\0b", data }], /"a\\u0000b" leads out of the folder/],
    [
      "a bomb",
      [good, { name: "zeros", data, stated: { bytes: 2 ** 31 } }],
      /its \d+ bytes would become 2147783648, expected at most 100 times as many; unpack it with another program/,
    ],
  ])("%s", async (_, files, sentence) => {
    await expect(unpacked(zipArchive(files))).rejects.toThrow(sentence);
    expect(readdirSync(join(folder, `out${count - 1}`))).toEqual([]);
    expect(existsSync(join(folder, "evil"))).toBe(false);
  });

  test("files that are not within the archive, or lie over one another", async () => {
    const two = [
      { name: "a", data: Buffer.alloc(200, 1), deflate: false, zip64: true },
      { name: "b", data: Buffer.alloc(200, 2), deflate: false, zip64: true },
    ];
    const sizesOf = (size: bigint): Buffer => {
      const whole = zipArchive(two);
      // The 64-bit fields of both entries: bytes, then compressed bytes.
      for (let at = whole.indexOf("\x01\x00\x18\x00", 0, "latin1"); at >= 0; ) {
        whole.writeBigUInt64LE(size, at + 12);
        at = whole.indexOf("\x01\x00\x18\x00", at + 4, "latin1");
      }
      return whole;
    };
    expect((await unpacked(sizesOf(200n))).paths).toEqual(["a", "b"]);
    await expect(unpacked(sizesOf(2n ** 63n))).rejects.toThrow(/is not a zip archive, or is cut off/);
    await expect(unpacked(sizesOf(350n))).rejects.toThrow(/its files lie over one another/);
  });

  test("what is no archive, or is cut off", async () => {
    const whole = zipArchive([good]);
    for (const bytes of [Buffer.from("no archive"), Buffer.alloc(0), whole.subarray(0, whole.length - 30)]) {
      await expect(unpacked(bytes)).rejects.toThrow(/is not a zip archive, or is cut off/);
    }
  });
});

describe("damaged contents leave no file", () => {
  const whole = zipArchive([{ name: "a.tif", data: Buffer.from("some text"), deflate: false }]);
  test.each<[string, Uint8Array, RegExp]>([
    [
      "another CRC",
      zipArchive([{ name: "a.tif", data: long, stated: { crc32: 5 } }]),
      /a\.tif has another CRC than its directory says; download it again/,
    ],
    [
      "fewer bytes",
      zipArchive([{ name: "a.tif", data: long, stated: { bytes: 300_001 } }]),
      /300000 of 300001 bytes/,
    ],
    [
      "more bytes than stated",
      zipArchive([{ name: "a.tif", data: long, stated: { bytes: 9 } }]),
      /more than its 9 bytes/,
    ],
    [
      "bytes that are no deflate stream",
      zipArchive([{ name: "a.tif", data: Buffer.alloc(40, 255), deflate: false, method: 8 }]),
      /a\.tif cannot be decompressed/,
    ],
    ["no local header", Buffer.concat([Buffer.from([0]), whole.subarray(1)]), /a\.tif has no header/],
  ])("%s", async (_, bytes, sentence) => {
    await expect(unpacked(bytes)).rejects.toThrow(sentence);
    expect(readdirSync(join(folder, `out${count - 1}`))).toEqual([]);
  });
});
