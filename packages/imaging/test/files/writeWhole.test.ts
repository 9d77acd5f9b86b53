import { readFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test, vi } from "vitest";
import { openAtomicFolder } from "../../src/files/atomicFolder.js";
import { openAtomic } from "../../src/files/atomicWrite.js";
import { writeWhole } from "../../src/files/writeWhole.js";

/** The lengths that files are asked to write at once, beyond which nothing is written. */
const asked = vi.hoisted(() => ({ lengths: [] as number[] }));

vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs/promises")>();
  return {
    ...original,
    open: async (...args: Parameters<typeof original.open>): Promise<FileHandle> =>
      Object.assign(await original.open(...args), {
        write: async (_bytes: Uint8Array, _offset: number, length: number) => {
          if (length >= 2 ** 31) throw new RangeError(`length is ${length}, as Node has it`);
          asked.lengths.push(length);
          return { bytesWritten: length };
        },
      }),
  };
});

const folder = temporaryFolder();

test("never writes more than so much at once, and all of it, at its place", async () => {
  const { open } = await vi.importActual<typeof import("node:fs/promises")>("node:fs/promises");
  const path = join(folder, "pieces");
  const bytes = Uint8Array.from({ length: 10 }, (_, i) => i + 1);
  const handle = await open(path, "w");
  const lengths: number[] = [];
  /** A file that takes `most` bytes of what it is given. */
  const taking = (most: number) => ({
    write: (async (from: Uint8Array, offset: number, length: number, position: number) => {
      lengths.push(length);
      return handle.write(from, offset, Math.min(length, most), position);
    }) as FileHandle["write"],
  });
  await writeWhole(taking(4), bytes, 2, 4);
  expect(lengths.splice(0)).toEqual([4, 4, 2]);
  expect([...readFileSync(path)]).toEqual([0, 0, ...bytes]);
  await writeWhole(taking(3), bytes, 0, 4);
  expect(lengths).toEqual([4, 4, 4, 1]);
  expect([...readFileSync(path)]).toEqual([...bytes, 9, 10]);
  await handle.close();
});

test("files and folders take what Node refuses to write at once", async () => {
  // Nothing looks at the bytes, so that there need not be any.
  const bytes = { length: 2.5 * 2 ** 30 } as Uint8Array;
  const file = await openAtomic(join(folder, "checkpoint"));
  await file.write(bytes, 0);
  await file.abort();
  const inside = await openAtomicFolder(join(folder, "folder"));
  await (await inside.create("part")).write(bytes, 0);
  await inside.abort();
  expect(asked.lengths).toEqual([2 ** 30, 2 ** 30, 2 ** 29, 2 ** 30, 2 ** 30, 2 ** 29]);
});
