import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createImage } from "../../src/formats/createImage.js";
import type { ImageFormat } from "../../src/formats/format.js";
import { openImage } from "../../src/formats/openImage.js";
import { blobBytes } from "../../src/formats/randomAccess.js";
import { imageFormats } from "../../src/formats/registry.js";
import { blobSink } from "../../src/formats/sink.js";
import { writableAs } from "../../src/formats/writableAs.js";
import type { Image } from "../../src/image/image.js";
import { InputError } from "../../src/image/inputError.js";
import { lazyStack, readPages } from "../../src/image/lazyStack.js";
import { planarSource } from "../../src/image/planarSource.js";
import { selectPages } from "../../src/image/selectPages.js";
import { pageCountOf } from "../../src/image/source.js";

/** `GREYBOX`, then a byte for each of channels, slices, rows and columns, then the pixels, C Z Y X. */
const greybox: ImageFormat = {
  name: "Greybox",
  extensions: [".gbx"],
  matches: (_name, first) => new TextDecoder().decode(first.subarray(0, 7)) === "GREYBOX",
  open: async (bytes, name, pages) => {
    if (bytes.byteLength < 11) throw new InputError(`${name} is truncated: it has ${bytes.byteLength} bytes`);
    const shape = [...(await bytes.read(7, 4))];
    const [, , height, width] = shape as [number, number, number, number];
    const source = planarSource({
      ...{ format: "Greybox", name, axes: ["C", "Z", "Y", "X"], shape, dtype: "uint8" },
      chunks: [1, 1, 1, width],
      metadata: { text: "boxed", own: { format: "Greybox", calibration: undefined } },
      readPlane: async (index, window) => {
        const data = new Uint8Array(window.width * window.height);
        for (let row = 0; row < window.height; row++) {
          const at = 11 + index * width * height + (window.y + row) * width + window.x;
          data.set(await bytes.read(at, window.width), row * window.width);
        }
        return data;
      },
      close: async () => {},
    });
    return selectPages(source, pages);
  },
  create: async (sink, { shape, dtype, axes }, name) => {
    if (dtype !== "uint8" || axes.length !== 4)
      throw new InputError(`write ${name}: expected uint8 in C, Z, Y, X`);
    await sink.write(new TextEncoder().encode("GREYBOX"), 0);
    await sink.write(Uint8Array.from(shape), 7);
    let at = 11;
    return {
      writePage: async ({ data }) => {
        await sink.write(Uint8Array.from(data), at);
        at += data.length;
      },
      close: () => sink.commit(),
      abort: () => sink.abort(),
    };
  },
};

const formats = [...imageFormats, greybox];
const pages = Array.from({ length: 6 }, (_, page): Image => {
  return {
    width: 4,
    height: 3,
    dtype: "uint8",
    data: Uint8Array.from({ length: 12 }, (_, i) => 20 * page + i),
  };
});

async function written(): Promise<Blob> {
  const sink = blobSink();
  const header = { axes: ["C", "Z", "Y", "X"], shape: [2, 3, 3, 4], dtype: "uint8" } as const;
  const writer = await createImage("a.gbx", sink, header, formats);
  for (const page of pages) await writer.writePage(page);
  await writer.close();
  return sink.blob();
}

describe("a format that nobody has heard of", () => {
  test("is written by its name and found by its contents, whatever the file is called", async () => {
    for (const name of ["a.gbx", "A.GBX", "a.tif", "a"]) {
      const source = await openImage(name, blobBytes(await written(), name), { formats });
      expect(source).toMatchObject({
        format: "Greybox",
        name,
        axes: ["C", "Z", "Y", "X"],
        shape: [2, 3, 3, 4],
      });
    }
  });

  test("is read by region and page by page", async () => {
    const source = await openImage("a.gbx", blobBytes(await written(), "a.gbx"), { formats });
    const block = await source.read({ C: 1, Z: [1, 3], Y: 2, X: [1, 3] });
    expect(block).toMatchObject({ shape: [1, 2, 1, 2], dtype: "uint8" });
    expect([...block.data]).toEqual([89, 90, 109, 110]);
    const stack = lazyStack(source);
    const read: Image[] = [];
    for await (const page of readPages(stack)) read.push(page);
    expect(read).toEqual(pages);
    await expect(stack.readPage(6)).rejects.toThrow("readPage: a.gbx has 6 pages, got index 6");
  });

  test("of some pages is a plain stack", async () => {
    const bytes = blobBytes(await written(), "a.gbx");
    const range = { first: 2, last: 4 };
    const source = await openImage("a.gbx", bytes, { formats, pages: range });
    expect(source).toMatchObject({ axes: ["T", "Y", "X"], shape: [3, 3, 4], metadata: { text: "boxed" } });
    const stack = lazyStack(source, range);
    expect(stack).toMatchObject({ name: "a.gbx#2-4", pageCount: 3 });
    expect(await stack.readPage(1)).toEqual(pages[3]);
    await expect(openImage("a.gbx", bytes, { formats, pages: { first: 5, last: 6 } })).rejects.toThrow(
      "a.gbx#5-6: the file has 6 pages (0-5)",
    );
  });

  test("is written back from what was read, as the source is the header", async () => {
    const before = await written();
    const source = await openImage("a.gbx", blobBytes(before, "a.gbx"), { formats });
    const sink = blobSink();
    const writer = await createImage("copy", sink, source, formats);
    for await (const page of readPages(lazyStack(source))) await writer.writePage(page);
    await writer.close();
    expect(await sink.blob().arrayBuffer()).toEqual(await before.arrayBuffer());
  });

  test("becomes another format by its name, with its axes and its text", async () => {
    const { axes, shape, dtype, metadata, ...rest } = await openImage(
      "a.gbx",
      blobBytes(await written(), ""),
      {
        formats,
      },
    );
    const sink = blobSink();
    const writer = await createImage("copy.tif", sink, { axes, shape, dtype, metadata }, formats);
    for await (const page of readPages(lazyStack({ axes, shape, dtype, metadata, ...rest }))) {
      await writer.writePage(page);
    }
    await writer.close();
    const copy = await openImage("copy.tif", blobBytes(sink.blob(), "copy.tif"));
    expect(copy).toMatchObject({ format: "TIFF", axes, shape, metadata: { text: "boxed" } });
    expect((await copy.read()).data).toEqual(
      (await openImage("", blobBytes(await written(), ""), { formats }).then((s) => s.read())).data,
    );
  });

  test("says what is wrong where the name speaks of it", async () => {
    await expect(openImage("a.gbx", blobBytes(new Blob(["GREY"]), "a.gbx"), { formats })).rejects.toThrow(
      "a.gbx is truncated: it has 4 bytes",
    );
  });
});

describe("files of no format", () => {
  test("the formats that are read are listed", async () => {
    const open = (name: string, text: string) => openImage(name, blobBytes(new Blob([text]), name));
    const list = "TIFF (.tif, .tiff, .btf), PNG (.png)";
    await expect(open("notes.txt", "dear diary")).rejects.toThrow(
      new InputError(
        `notes.txt is of no format that is read (it starts with the bytes 64 65 61 72); expected ${list}`,
      ),
    );
    await expect(open("notes.txt", "")).rejects.toThrow(
      `notes.txt is empty (0 bytes), expected an image: ${list}`,
    );
    await expect(open("a.tif", "")).rejects.toThrow("a.tif is empty (0 bytes), expected a TIFF file");
    await expect(open("a.tif", "dear")).rejects.toThrow(
      "a.tif is not a TIFF file (it starts with the bytes 64 65 61 72)",
    );
    await expect(open("a.tif", "d")).rejects.toThrow(
      "a.tif is not a TIFF file (it starts with the bytes 64)",
    );
  });

  test("those that are written are", async () => {
    const header = { axes: ["Y", "X"], shape: [3, 4], dtype: "uint8" } as const;
    const readOnly = [...imageFormats, { ...greybox, create: undefined } as unknown as ImageFormat];
    for (const wrong of [
      createImage("a.gbx", blobSink(), header, readOnly),
      createImage("a", blobSink(), header),
    ]) {
      await expect(wrong).rejects.toThrow(
        /^write a\S*: there is no format by its name; expected TIFF \(.*\), PNG \(.png\), OME-Zarr \(.*\)$/,
      );
    }
    await expect(createImage("a.tif", blobSink(), { ...header, format: "Greybox" })).rejects.toThrow(
      "write a.tif: there is no writer of Greybox; expected TIFF",
    );
  });

  test("a result of a format that is read only is of one that is written", () => {
    const { create: _, ...readOnly } = greybox;
    const of = (format: string, name: string) =>
      writableAs({ format, name }, { formats: [...imageFormats, readOnly] });
    expect(of("Greybox", "b/a.gbx")).toEqual({ name: "b/a.tif", format: "TIFF" });
    expect(of("Greybox", "b/a")).toEqual({ name: "b/a.tif", format: "TIFF" });
    expect(of("PNG", "b/a.png")).toEqual({ name: "b/a.png", format: "PNG" });
    expect(of("TIFF", "b/a.lsm")).toEqual({ name: "b/a.lsm", format: "TIFF" });
  });
});

test("headers that make no sense are refused before anything is opened", async () => {
  const create = (axes: readonly string[], shape: readonly number[]) =>
    createImage(
      "a.tif",
      () => Promise.reject(new Error("opened")),
      // Axes that the types would refuse.
      { axes, shape, dtype: "uint8" } as never,
    );
  await expect(create(["X", "Y"], [3, 4])).rejects.toThrow(
    "write a.tif: expected axes of T, C, Z once each, then Y, X; got X, Y",
  );
  await expect(create(["T", "T", "Y", "X"], [1, 1, 3, 4])).rejects.toThrow(/once each/);
  await expect(create(["S", "Y", "X"], [1, 3, 4])).rejects.toThrow(/got S, Y, X/);
  await expect(create(["T", "Y", "X"], [3, 4])).rejects.toThrow(
    "expected an extent of each of T, Y, X, got [3,4]",
  );
  await expect(create(["Y", "X"], [3, 0])).rejects.toThrow(/got \[3,0\]/);
  await expect(create(["Y", "X"], [3, 4])).rejects.toThrow("opened");
});

const packages = fileURLToPath(new URL("../../..", import.meta.url));
const sources = readdirSync(packages).flatMap((name) => {
  try {
    return (readdirSync(join(packages, name, "src"), { recursive: true }) as string[])
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join(packages, name, "src", file));
  } catch {
    return []; // a folder that is no package
  }
});
const importsOf = (file: string): string[] =>
  [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s+"([^"]+)"/g)].map(([, from]) => from!);

const formatsFolder = join(packages, "imaging/src/formats");
const folders = readdirSync(formatsFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test.each(folders)("nothing but the registry and the package's roots know the folder %s", (name) => {
  const folder = join(formatsFolder, name);
  const knowing = sources
    .filter((file) => !file.startsWith(`${folder}/`))
    .flatMap((file) =>
      importsOf(file)
        .filter((from) => from.startsWith(".") && resolve(dirname(file), from).startsWith(`${folder}/`))
        .map((from) => `${relative(packages, file)}: ${from}`),
    );
  const allowed = /^imaging\/src\/(formats\/registry|index|node)\.ts: /;
  // Pictures of reports, whatever the images are.
  const pictures = /\/png\/previewPng\.js$/;
  expect(knowing.filter((what) => !allowed.test(what) && !pictures.test(what))).toEqual([]);
});

test("nothing but the registry's line knows TIFF", () => {
  expect(sources.length).toBeGreaterThan(300);
  const folder = join(formatsFolder, "tiff");
  const knowing = sources
    .filter((file) => !file.startsWith(`${folder}/`))
    .flatMap((file) => {
      const known = importsOf(file).filter(
        (from) =>
          from.startsWith(".") && `${dirname(resolve(dirname(file), from))}/`.startsWith(`${folder}/`),
      );
      const named = /\b(open|create|read|write)Tiff|\bTiff[A-Z]/.test(readFileSync(file, "utf8"))
        ? ["a name"]
        : [];
      return [...known, ...named].map((what) => `${relative(packages, file)}: ${what}`);
    });
  expect(knowing).toEqual(["imaging/src/formats/registry.ts: ./tiff/tiff.js"]);
});

test("nothing that the package's root exports needs Node", () => {
  const root = join(packages, "imaging/src/index.ts");
  const reached = new Set([root]);
  for (const file of reached) {
    for (const from of importsOf(file)) {
      expect(`${relative(packages, file)}: ${from}`).not.toMatch(/: node:/);
      if (from.startsWith(".")) reached.add(resolve(dirname(file), from.replace(/\.js$/, ".ts")));
    }
    expect(readFileSync(file, "utf8")).not.toMatch(/\b(Buffer|process)\./);
  }
  expect(reached.has(join(packages, "imaging/src/formats/tiff/readPixels.ts"))).toBe(true);
  expect(pageCountOf({ shape: [2, 3, 4, 5] })).toBe(6);
});

test("the library speaks of keys and files, not of a command line's flags", () => {
  const flags = sources
    .filter((file) => relative(packages, file).startsWith("imaging"))
    .filter((file) => /(^|[\s"'`(])--[a-z]/.test(readFileSync(file, "utf8")));
  expect(flags).toEqual([]);
});
