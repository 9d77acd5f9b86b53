import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { zipOf } from "../../packages/app/src/worker/denoising/zipOf.js";
import {
  archiveEnd,
  directoryEntry,
  fileHeader,
  type ZippedFile,
} from "../../packages/app/src/worker/denoising/zipRecords.js";
import { addDropped } from "../../packages/app/src/worker/node/droppedFiles.js";
import { zipDirectory } from "../../packages/imaging/src/fetch/zipDirectory.js";

const folder = temporaryFolder();

describe("archives of results", () => {
  it("have the files as they are, with their names", async () => {
    const contents = { "cells.zarr/µm 100 %.json": "123456789", "cells.zarr/c/0": "", "b#1": "nuclei" };
    const entries = Object.entries(contents).map(([path, text]) => ({ path, file: new Blob([text]) }));
    const root = addDropped(entries);
    const zip = await zipOf(entries.map(({ path }) => ({ name: path, path: `${root}/${path}` })));
    const unpacked = unzipSync(new Uint8Array(await zip.arrayBuffer()));
    const texts = Object.entries(unpacked).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]);
    expect(Object.fromEntries(texts)).toEqual(contents);
    await writeFile(join(folder, "small.zip"), zip.stream());
    const [first] = (await zipDirectory(join(folder, "small.zip"))).entries;
    // The check value of CRC-32.
    expect(first).toMatchObject({ method: 0, bytes: 9, crc32: 0xcbf43926 });
  });

  it("have more files than two bytes count", async () => {
    const count = 65_540;
    const changed = new Date(2026, 10, 29);
    const parts: Uint8Array[] = [];
    const directory: Uint8Array[] = [];
    let offset = 0;
    for (let i = 0; i < count; i++) {
      const file: ZippedFile = { name: `${i}`, size: 0, crc: 0, changed, offset };
      parts.push(fileHeader(file));
      directory.push(directoryEntry(file));
      offset += parts.at(-1)!.length;
    }
    const length = directory.reduce((sum, entry) => sum + entry.length, 0);
    const path = join(folder, "many.zip");
    await writeFile(path, Buffer.concat([...parts, ...directory, archiveEnd(count, offset, length)]));
    const { entries } = await zipDirectory(path);
    expect(entries).toHaveLength(count);
    expect(entries.at(-1)).toMatchObject({ name: `${count - 1}`, bytes: 0 });
  });

  it("have files of more bytes than four bytes count, and files behind them", async () => {
    const file = { crc: 0, changed: new Date(2026, 10, 29, 12, 30), offset: 0 };
    const large: ZippedFile = { ...file, name: "large", size: 2 ** 32 + 5 };
    const header = fileHeader(large);
    const behind: ZippedFile = { ...file, name: "behind", size: 3, offset: header.length + large.size };
    const [next, directory] = [fileHeader(behind), [large, behind].map(directoryEntry)];
    const start = behind.offset + next.length + behind.size;
    const length = directory.reduce((sum, entry) => sum + entry.length, 0);
    // A file with a hole takes no room.
    const path = join(folder, "large.zip");
    const handle = await open(path, "w");
    await handle.write(header, 0, header.length, 0);
    await handle.write(next, 0, next.length, behind.offset);
    await handle.write(Buffer.concat([...directory, archiveEnd(2, start, length)]), 0, undefined, start);
    await handle.close();
    const { entries, byteLength } = await zipDirectory(path);
    expect(entries).toMatchObject([
      { name: "large", bytes: 2 ** 32 + 5, offset: 0 },
      { name: "behind", bytes: 3, offset: behind.offset },
    ]);
    expect(byteLength).toBe(start + length + 98);
  });
});
