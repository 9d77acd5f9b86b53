import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import { folderFiles } from "../../src/files/folderFiles.js";
import { isImageFolder } from "../../src/files/isImageFolder.js";
import { openImageFile } from "../../src/files/openImageFile.js";
import { createImage } from "../../src/formats/createImage.js";
import { blobFiles } from "../../src/formats/fileStore.js";
import { blobFolderSink, writeInto } from "../../src/formats/folderSink.js";
import type { FolderFormat, ImageFormat } from "../../src/formats/format.js";
import { openImage } from "../../src/formats/openImage.js";
import { imageFormats } from "../../src/formats/registry.js";
import { blobSink } from "../../src/formats/sink.js";
import type { Image } from "../../src/image/image.js";
import { InputError } from "../../src/image/inputError.js";
import { lazyStack, readPages } from "../../src/image/lazyStack.js";
import { planarSource } from "../../src/image/planarSource.js";
import { selectPages } from "../../src/image/selectPages.js";

/** A file `size` with bytes for slices, rows and columns, and a file of pixels for each slice. */
const drawer: FolderFormat = {
  name: "Drawer",
  extensions: [".drawer"],
  folder: true,
  matches: async (_name, files) => (await files.read("size")) !== undefined,
  open: async (files, name, pages) => {
    const size = await files.read("size");
    if (!size) throw new InputError(`${name} has no file called size`);
    const [slices, height, width] = [...size] as [number, number, number];
    const source = planarSource({
      ...{ format: "Drawer", name, axes: ["Z", "Y", "X"], shape: [slices, height, width], dtype: "uint8" },
      ...{ chunks: [1, height, width], metadata: {}, close: async () => {} },
      readPlane: async (index, window) => {
        const data = new Uint8Array(window.width * window.height);
        for (let row = 0; row < window.height; row++) {
          const offset = (window.y + row) * width + window.x;
          data.set((await files.read(`${index}`, { offset, length: window.width }))!, row * window.width);
        }
        return data;
      },
    });
    return selectPages(source, pages);
  },
  create: async (folder, { shape }) => {
    await writeInto(folder, "size", Uint8Array.from(shape));
    let page = 0;
    return {
      writePage: ({ data }) => writeInto(folder, `${page++}`, Uint8Array.from(data)),
      close: () => folder.commit(),
      abort: () => folder.abort(),
    };
  },
};

const formats: readonly ImageFormat[] = [...imageFormats, drawer];
const folder = temporaryFolder();
const header = { axes: ["Z", "Y", "X"], shape: [3, 2, 4], dtype: "uint8" } as const;
const pages = Array.from({ length: 3 }, (_, page): Image => {
  const data = Uint8Array.from({ length: 8 }, (_, i) => 10 * page + i);
  return { width: 4, height: 2, dtype: "uint8", data };
});

async function written(): Promise<ReadonlyMap<string, Blob>> {
  const sink = blobFolderSink();
  const writer = await createImage("a.drawer", sink, header, formats);
  for (const page of pages) await writer.writePage(page);
  await writer.close();
  return sink.files();
}

describe("a format that is a folder and that nobody has heard of", () => {
  test("is written by its name and found by its files, whatever the folder is called", async () => {
    const files = await written();
    expect([...files.keys()]).toEqual(["size", "0", "1", "2"]);
    const path = join(folder, "called anything");
    mkdirSync(path);
    for (const [name, blob] of files) {
      writeFileSync(join(path, name), new Uint8Array(await blob.arrayBuffer()));
    }
    for (const source of [
      await openImage("dropped", blobFiles(files, "dropped"), { formats }),
      await openImageFile(path, { formats }),
    ]) {
      expect(source).toMatchObject({ format: "Drawer", axes: header.axes, shape: header.shape });
      const read: Image[] = [];
      for await (const page of readPages(lazyStack(source))) read.push(page);
      expect(read).toEqual(pages);
      expect([...(await source.read({ Z: [1, 3], Y: 1, X: [2, 4] })).data]).toEqual([16, 17, 26, 27]);
    }
    expect(await openImageFile(`${path}#1-2`, { formats })).toMatchObject({
      axes: ["Z", "Y", "X"],
      shape: [2, 2, 4],
    });
    expect(await isImageFolder(path, formats)).toBe(true);
    expect(await isImageFolder(path)).toBe(false);
    expect(await isImageFolder(join(path, "size"), formats)).toBe(false);
  });

  test("says what is wrong where the name speaks of it", async () => {
    const path = join(folder, "Empty.DRAWER");
    mkdirSync(path);
    await expect(openImageFile(`${path}/`, { formats })).rejects.toThrow("has no file called size");
    expect(await isImageFolder(path, formats)).toBe(true);
  });

  test("goes to a folder and nowhere else, as a file goes to a file", async () => {
    await expect(createImage("a.drawer", blobSink(), header, formats)).rejects.toThrow(
      "write a.drawer: an image of Drawer is a folder, got a file to write to",
    );
    await expect(createImage("a.tif", blobFolderSink(), header, formats)).rejects.toThrow(
      "write a.tif: an image of TIFF is a file, got a folder to write to",
    );
    const asked: string[] = [];
    for (const name of ["a.drawer", "a.tif"]) {
      const writer = await createImage(
        name,
        async (kind) => {
          asked.push(kind);
          return kind === "folder" ? blobFolderSink() : blobSink();
        },
        header,
        formats,
      );
      await writer.abort();
    }
    expect(asked).toEqual(["folder", "file"]);
  });
});

test("a folder of no format says which formats are folders", async () => {
  const path = join(folder, "plain");
  mkdirSync(path);
  await expect(openImageFile(path, { formats: [drawer] })).rejects.toThrow(
    new InputError(`read ${path}: is a folder, expected a file, or a folder that is one: Drawer (.drawer)`),
  );
  await expect(openImage("dropped", folderFiles(path), { formats: [] })).rejects.toThrow(
    "read dropped: is a folder, expected a file",
  );
  expect(readdirSync(path)).toEqual([]);
});
