import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { openFile } from "../../src/files/openFile.js";
import { blobBytes } from "../../src/formats/randomAccess.js";
import { blobSink } from "../../src/formats/sink.js";
import { InputError } from "../../src/image/inputError.js";

const folder = temporaryFolder();

test("a file and a Blob give the same bytes, exactly as many as asked for", async () => {
  const contents = Uint8Array.from({ length: 1000 }, (_, i) => i % 256);
  const path = join(folder, "bytes");
  writeFileSync(path, contents);
  const file = await openFile(path);
  const blob = blobBytes(new Blob([contents]), "bytes");
  for (const bytes of [file, blob]) {
    expect(bytes.byteLength).toBe(1000);
    expect(await bytes.read(990, 10)).toEqual(contents.subarray(990));
    expect(await bytes.read(5, 0)).toHaveLength(0);
  }
  await expect(file.read(995, 10)).rejects.toThrow(
    `read ${path}: expected 10 bytes from byte 995 on, the file ends after 5`,
  );
  await expect(blob.read(995, 10)).rejects.toThrow("read bytes: expected bytes up to 1000, got 995 to 1005");
  await file.close();
});

test("a Blob whose file is gone is one sentence", async () => {
  const gone = {
    size: 10,
    slice: () => ({ arrayBuffer: () => Promise.reject(new Error("NotReadableError")) }),
  };
  // As a browser behaves when the file was changed after it was chosen.
  const error: unknown = await blobBytes(gone as unknown as Blob, "a.tif")
    .read(0, 4)
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InputError);
  expect(error).toMatchObject({
    message: "read a.tif: the file has changed or is gone since it was chosen; choose it again",
  });
});

test("a Blob sink puts bytes where they belong, whenever they come", async () => {
  const sink = blobSink("image/tiff");
  const reused = Uint8Array.of(7, 8);
  await sink.write(reused, 6);
  reused.fill(0);
  await sink.write(Uint8Array.of(1, 2, 3), 1);
  expect(() => sink.blob()).toThrow(/expected commit before blob/);
  await sink.commit();
  expect(sink.blob().type).toBe("image/tiff");
  expect([...new Uint8Array(await sink.blob().arrayBuffer())]).toEqual([0, 1, 2, 3, 0, 0, 7, 8]);
  await expect(sink.write(reused, 0)).rejects.toThrow(/already committed or aborted/);
});

test("a Blob sink refuses bytes in one place, and has nothing after abort", async () => {
  const sink = blobSink();
  await sink.write(Uint8Array.of(1, 2), 0);
  await sink.write(Uint8Array.of(3), 1);
  await expect(sink.commit()).rejects.toThrow("blobSink: byte 1 was written twice");
  const other = blobSink();
  await other.write(Uint8Array.of(1), 0);
  await other.abort();
  await expect(other.commit()).rejects.toThrow(/already committed or aborted/);
  expect(() => other.blob()).toThrow(/expected commit/);
});
