import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pythonWith, runPython } from "@clidim/testing/python";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as zarrita from "zarrita";
import { createImageFile } from "../../../src/files/createImageFile.js";
import { openImageFile } from "../../../src/files/openImageFile.js";
import { createImage } from "../../../src/formats/createImage.js";
import { blobFiles } from "../../../src/formats/fileStore.js";
import { blobFolderSink } from "../../../src/formats/folderSink.js";
import type { ImageHeader } from "../../../src/formats/format.js";
import { openImage } from "../../../src/formats/openImage.js";
import { writableAs } from "../../../src/formats/writableAs.js";
import { type Image, type PixelType, pixelArray } from "../../../src/image/image.js";
import { lazyStack, readPages } from "../../../src/image/lazyStack.js";
import { calibrationOf } from "../../../src/image/metadata.js";
import { rint } from "../../../src/image/rint.js";
import { selectRegion } from "../../../src/image/selectRegion.js";
import { type Axis, type ImageSource, pageCountOf, pageSizeOf } from "../../../src/image/source.js";
import { readFixtures, storeOf, withJson, type ZarrFiles } from "./zarrFixtures.js";

const folder = temporaryFolder();
const v3 = readFixtures("tensorstore");
const v2 = readFixtures("zarrPython");

/** Pixels of pages by a formula. */
function pagesOf(header: Pick<ImageHeader, "axes" | "shape" | "dtype">): Image[] {
  const { width, height } = pageSizeOf(header);
  return Array.from({ length: pageCountOf(header) }, (_, page) => {
    const data = pixelArray(header.dtype, width * height);
    const half = header.dtype === "float32" ? 0.5 : 0;
    for (let i = 0; i < data.length; i++) data[i] = ((page * 37 + i * 11) % 251) + half;
    return { width, height, dtype: header.dtype, data } as Image; // the array is of the dtype
  });
}

/** Writes pages into memory; the files by path. */
async function written(header: ImageHeader, pages: readonly Image[] = pagesOf(header)): Promise<ZarrFiles> {
  const sink = blobFolderSink();
  const writer = await createImage("a.ome.zarr", sink, header);
  for (const page of pages) await writer.writePage(page);
  await writer.close();
  return filesOf(sink.files());
}

async function filesOf(blobs: ReadonlyMap<string, Blob>): Promise<ZarrFiles> {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (const [path, blob] of blobs) files[path] = new Uint8Array(await blob.arrayBuffer());
  return files;
}

async function copied(source: ImageSource): Promise<ZarrFiles> {
  const pages: Image[] = [];
  for await (const page of readPages(lazyStack(source))) pages.push(page);
  return written(source, pages);
}

const open = (files: ZarrFiles) => openImage("a.ome.zarr", storeOf(files));
const json = (files: ZarrFiles, path: string): unknown => JSON.parse(new TextDecoder().decode(files[path]!));

async function readAll(source: ImageSource): Promise<number[][]> {
  const pages: number[][] = [];
  for await (const { data } of readPages(lazyStack(source))) pages.push([...data]);
  return pages;
}

/** On a disk, for other programs. */
function onDisk(name: string, files: ZarrFiles): string {
  const path = join(folder, name);
  for (const [file, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), bytes);
  }
  return path;
}

const axesLists: readonly Axis[][] = [
  ["Y", "X"],
  ["T", "Y", "X"],
  ["C", "Y", "X"],
  ["Z", "C", "Y", "X"],
  ["T", "Z", "C", "Y", "X"],
  ["T", "C", "Z", "Y", "X"],
];
const dtypes: readonly PixelType[] = ["uint8", "uint16", "int16", "float32"];

describe("what is written is read back", () => {
  const headers = fc
    .record({
      axes: fc.constantFrom(...axesLists),
      extents: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 5, maxLength: 5 }),
      dtype: fc.constantFrom(...dtypes),
      compression: fc.constantFrom("none" as const, "deflate" as const, undefined),
    })
    .map(({ axes, extents, dtype, compression }): ImageHeader => {
      const shape = axes.map((_, i) => extents[i]! + (i >= axes.length - 2 ? 4 : 0));
      return { axes, shape, dtype, ...(compression && { compression }) };
    });

  test("of any axes, sizes and dtypes, with axes in the order of OME-Zarr", async () => {
    await fc.assert(
      fc.asyncProperty(headers, async (header) => {
        const pages = pagesOf(header);
        const source = await open(await written(header, pages));
        expect(source.dtype).toBe(header.dtype);
        expect(source.axes).toEqual(["T", "C", "Z", "Y", "X"].filter((a) => header.axes.includes(a as Axis)));
        // Page by page, where they are now.
        for (const [i, page] of pages.entries()) {
          const region: Partial<Record<Axis, number>> = {};
          let rest = i;
          for (let axis = header.axes.length - 3; axis >= 0; axis--) {
            region[header.axes[axis]!] = rest % header.shape[axis]!;
            rest = Math.floor(rest / header.shape[axis]!);
          }
          expect((await source.read(region)).data).toEqual(page.data);
        }
      }),
      { numRuns: 60 },
    );
  });

  const kinds = [...v3].filter(([, { dtype }]) => !/64|uint32/.test(dtype)).concat([...v2]);
  test("like any Zarr that was read, of any chunks, shards and compressors", async () => {
    await fc.assert(
      fc.asyncProperty(
        headers,
        fc.constantFrom(...kinds),
        fc.array(fc.constantFrom(1, 2, 3, 4), { minLength: 4, maxLength: 4 }),
        fc.array(fc.constantFrom(1, 2, 3), { minLength: 4, maxLength: 4 }),
        async ({ axes, shape, dtype }, [, fixture], chunks, times) => {
          const source = await open(fixture.files);
          // The structure of the Zarr with other extents.
          const own = structuredClone(source.metadata.own!) as {
            format: string;
            calibration: { array: { chunks: number[]; sharding?: { shape: number[] } } };
          };
          const { array } = own.calibration;
          array.chunks = chunks;
          if (array.sharding) array.sharding.shape = chunks.map((size, i) => size * times[i]!);
          const header: ImageHeader = { axes, shape, dtype, metadata: { own } };
          const files = await written(header);
          const copy = await open(files);
          const again = await written({ ...copy, axes: copy.axes });
          expect(copy.metadata.own?.format).toBe("OME-Zarr");
          const pages = await readAll(copy);
          const inOrder = axes.every((axis, i) => copy.axes[i] === axis);
          if (inOrder) expect(pages).toEqual(pagesOf(header).map(({ data }) => [...data]));
          expect(Object.keys(again).toSorted()).toEqual(Object.keys(files).toSorted());
        },
      ),
      { numRuns: 120 },
    );
  });

  test.each([...v3, ...v2])("%s comes back as the same kind of Zarr", async (_name, { files, dtype }) => {
    const source = await open(files);
    const copy = await copied(source);
    expect(await readAll(await open(copy))).toEqual(await readAll(source));
    const document = "zarr.json" in files ? "0/zarr.json" : "0/.zarray";
    const [before, after] = [files, copy].map((all) => json(all, document) as Record<string, unknown>);
    const kept = ["shape", "chunks", "chunk_grid", "chunk_key_encoding", "fill_value", "dimension_separator"];
    const there = kept.filter((key) => key in before!);
    expect(after).toMatchObject(Object.fromEntries(there.map((key) => [key, before![key]])));
    if (before!.compressor) expect(after!.compressor).toEqual(before!.compressor);
    // Written without gaps: every chunk or shard, none of them twice.
    const isPixels = (path: string): boolean => !/json|\.z/.test(path);
    expect(Object.keys(copy).filter(isPixels).length).toBeGreaterThanOrEqual(
      Object.keys(files).filter(isPixels).length,
    );
    if (["uint8", "uint16", "int16", "float32"].includes(dtype) && before!.codecs) {
      const names = (codecs: unknown): unknown =>
        (codecs as { name: string; configuration?: { codecs?: unknown } }[])
          .filter(({ name }) => name !== "transpose")
          .map(({ name, configuration }) => [name, configuration?.codecs && names(configuration.codecs)]);
      expect(names(after!.codecs)).toEqual(names(before!.codecs));
    }
  });
});

describe("Blosc that was left to choose how it orders bytes, or is told so in words that nobody knows", () => {
  const [two] = [...v2].flatMap(([name, { files }]) => (name === "default blosc" ? [files] : []));
  const [three] = [...v3].flatMap(([name, { files }]) => (name === "blosc lz4" ? [files] : []));
  type V2 = { compressor: Record<string, unknown> };
  type V3 = { codecs: { name: string; configuration: Record<string, unknown> }[] };
  const shuffled = (files: ZarrFiles, shuffle: unknown): ZarrFiles =>
    "0/.zarray" in files
      ? withJson<V2>(files, "0/.zarray", (all) => ({ ...all, compressor: { ...all.compressor, shuffle } }))
      : withJson<V3>(files, "0/zarr.json", (all) => ({
          ...all,
          codecs: all.codecs.map((codec) =>
            codec.name === "blosc" ? { ...codec, configuration: { ...codec.configuration, shuffle } } : codec,
          ),
        }));

  test.each([
    ["version 2", two!, -1, 1, 2],
    ["version 3", three!, "autoshuffle", "shuffle", "bitshuffle"],
  ] as const)("%s says what was chosen", async (_version, files, open_, ofWords, ofBytes) => {
    const source = await open(shuffled(files, open_));
    for (const [dtype, chosen] of [
      ["uint16", ofWords],
      ["uint8", ofBytes],
    ] as const) {
      const header: ImageHeader = { ...source, dtype };
      const pages = pagesOf(header);
      const copy = await written(header, pages);
      expect(await readAll(await open(copy))).toEqual(pages.map(({ data }) => [...data]));
      const said = JSON.stringify(json(copy, "0/.zarray" in copy ? "0/.zarray" : "0/zarr.json"));
      expect(said).toContain(`"shuffle":${JSON.stringify(chosen)}`);
    }
  });
});

describe("other programs read what is written", () => {
  test("zarrita", async () => {
    for (const [, { files }] of [...v3, ...v2]) {
      const source = await open(files);
      const copy = await copied(source);
      // It reads the index of a shard from the end alone.
      if (JSON.stringify(source.metadata.own).includes('"location":"start"')) continue;
      const store = {
        get: async (key: string) => copy[key.slice(1)],
        getRange: async (
          key: string,
          range: { offset: number; length: number } | { suffixLength: number },
        ) => {
          const bytes = copy[key.slice(1)];
          if ("suffixLength" in range) return bytes?.slice(bytes.length - range.suffixLength);
          return bytes?.slice(range.offset, range.offset + range.length);
        },
      };
      const array = await zarrita.open(zarrita.root(store).resolve("0"), { kind: "array" });
      const { data } = (await zarrita.get(array)) as { data: ArrayLike<number | bigint> };
      expect(Array.from(data, Number)).toEqual((await readAll(source)).flat());
    }
  });

  for (const [module, fixtures] of [
    ["tensorstore", v3],
    ["zarr", v2],
  ] as const) {
    const python = pythonWith(module);
    test.runIf(python)(`${module} of Python`, async () => {
      const expected: Record<string, number[]> = {};
      for (const [name, { files }] of fixtures) {
        const source = await open(files);
        expected[onDisk(`${module} ${name}`, await copied(source))] = (await readAll(source)).flat();
      }
      const list = join(folder, `${module}.json`);
      writeFileSync(list, JSON.stringify(expected));
      expect(runPython(python!, new URL("checkWritten.py", import.meta.url), module, list).trim()).toBe(
        `${fixtures.size} arrays are equal`,
      );
    });
  }
});

describe("metadata", () => {
  const omero = {
    name: "cells",
    rdefs: { model: "color" },
    channels: [
      { label: "DAPI", color: "0000FF", active: true, window: { start: 10, end: 200, min: 0, max: 255 } },
      { label: "GFP", color: "00FF00", active: false, window: { start: 5, end: 90, min: 0, max: 255 } },
    ],
  };
  const rich = withJson<{ multiscales: [object] }>(
    v2.get("plain")!.files,
    ".zattrs",
    ({ multiscales: [image] }) => ({
      multiscales: [
        {
          ...image,
          name: "nuclei",
          type: "gaussian",
          metadata: { method: "skimage" },
          datasets: [
            {
              path: "0",
              coordinateTransformations: [
                { type: "scale", scale: [1, 0.5, 0.1, 0.1] },
                { type: "translation", translation: [0, 3, 1, 2] },
              ],
            },
            { path: "1", coordinateTransformations: [{ type: "scale", scale: [1, 0.5, 0.2, 0.2] }] },
          ],
        },
      ],
      omero,
      "lab notes": { dish: 7 },
      labels: ["nuclei"],
    }),
  );

  test("names, scales, channels and attributes of others are kept; smaller copies are made anew", async () => {
    const copy = await copied(await open(rich));
    expect(json(copy, ".zgroup")).toEqual({ zarr_format: 2 });
    expect(json(copy, ".zattrs")).toEqual({
      multiscales: [
        {
          version: "0.4",
          name: "nuclei",
          axes: [
            { name: "c", type: "channel" },
            { name: "z", type: "space", unit: "micrometer" },
            { name: "y", type: "space", unit: "micrometer" },
            { name: "x", type: "space", unit: "micrometer" },
          ],
          datasets: [
            {
              path: "0",
              coordinateTransformations: [
                { type: "scale", scale: [1, 0.5, 0.1, 0.1] },
                { type: "translation", translation: [0, 3, 1, 2] },
              ],
            },
            {
              path: "1",
              coordinateTransformations: [
                { type: "scale", scale: [1, 0.5, 0.2, 0.2] },
                { type: "translation", translation: [0, 3, 1.05, 2.05] },
              ],
            },
          ],
          type: "mean",
        },
      ],
      omero,
      "lab notes": { dish: 7 },
    });
    expect(json(copy, "1/.zarray")).toMatchObject({
      shape: [2, 3, 2, 3],
      chunks: [1, 1, 4, 4],
      dtype: "<u2",
    });
  });

  test("of a selection, what is true of it", async () => {
    const source = selectRegion(await open(rich), { C: 1, Z: [1, 3] });
    const copy = await copied(source);
    expect(json(copy, ".zattrs")).toMatchObject({
      multiscales: [
        {
          axes: [{ name: "z" }, { name: "y" }, { name: "x" }],
          datasets: [
            {
              coordinateTransformations: [{ scale: [0.5, 0.1, 0.1] }, { translation: [3.5, 1, 2] }],
            },
            {},
          ],
        },
      ],
      omero: { ...omero, channels: [omero.channels[1]] },
    });
    const again = await open(copy);
    expect(again).toMatchObject({
      axes: ["Z", "Y", "X"],
      metadata: { channels: ["GFP"], displayRanges: [[5, 90]] },
    });
    expect(await readAll(again)).toEqual(await readAll(source));
  });

  test("of pages that are no block of the axes, a plain stack", async () => {
    const times = withJson<{ multiscales: [{ axes: object[] }] }>(rich, ".zattrs", (own) => {
      const [image] = own.multiscales;
      const axes = [{ name: "t", type: "time", unit: "second" }, { name: "c" }, ...image.axes.slice(2)];
      return {
        ...own,
        multiscales: [{ ...image, axes }],
        omero: { channels: [...omero.channels, { label: "Cy5" }] },
      };
    });
    const source = await openImage("a.zarr", storeOf(times), { pages: { first: 1, last: 4 } });
    expect(source).toMatchObject({ axes: ["T", "Y", "X"], shape: [4, 5, 7] });
    const copy = await copied(source);
    const attributes = json(copy, ".zattrs") as { multiscales: [{ axes: unknown[] }]; omero?: unknown };
    expect(attributes.omero).toBeUndefined();
    expect(attributes.multiscales[0].axes[0]).toEqual({ name: "t", type: "time" });
    expect(await readAll(await open(copy))).toEqual(await readAll(source));
  });

  test("of another quantity, nothing that speaks of grey values", async () => {
    const source = await open(rich);
    const { axes, shape } = source;
    const files = await written({ axes, shape, dtype: "float32", metadata: calibrationOf(source.metadata) });
    expect(json(files, ".zattrs")).toMatchObject({
      omero: { channels: [{ label: "DAPI" }, { label: "GFP" }] },
      "lab notes": { dish: 7 },
    });
    expect(JSON.stringify(json(files, ".zattrs"))).not.toContain("window");
    expect((await open(files)).metadata.calibration).toEqual(source.metadata.calibration);
  });

  test("what comes from another format gets the terms of OME-Zarr", async () => {
    const header: ImageHeader = {
      ...{ axes: ["T", "Z", "C", "Y", "X"], shape: [2, 3, 2, 4, 5], dtype: "uint16" },
      metadata: {
        calibration: {
          T: { step: 20, unit: "ms" },
          Z: { step: 1, unit: "µm" },
          X: { step: 0.3, unit: "um" },
        },
        channels: ["a", "b"],
        displayRanges: [[1, 99]],
      },
    };
    const files = await written(header);
    expect(json(files, ".zattrs")).toEqual({
      multiscales: [
        {
          version: "0.4",
          name: "a.ome.zarr",
          axes: [
            { name: "t", type: "time", unit: "millisecond" },
            { name: "c", type: "channel" },
            { name: "z", type: "space", unit: "micrometer" },
            { name: "y", type: "space" },
            { name: "x", type: "space", unit: "micrometer" },
          ],
          datasets: [
            { path: "0", coordinateTransformations: [{ type: "scale", scale: [20, 1, 1, 1, 0.3] }] },
          ],
        },
      ],
      omero: {
        channels: [
          { label: "a", active: true, color: "0000FF", window: { start: 1, end: 99, min: 0, max: 65535 } },
          { label: "b", active: true, color: "00FF00", window: { start: 1, end: 99, min: 0, max: 65535 } },
        ],
      },
    });
    expect((await open(files)).metadata).toMatchObject({
      calibration: { T: { step: 20, unit: "ms" }, Z: { step: 1, unit: "um" }, X: { step: 0.3, unit: "um" } },
      channels: ["a", "b"],
    });
  });

  test("a Zarr becomes a TIFF with its axes, steps and channels", async () => {
    const source = await open(rich);
    const path = join(folder, "from zarr.tif");
    const { axes, shape, dtype, metadata } = source;
    const writer = await createImageFile(path, { axes, shape, dtype, metadata });
    for await (const page of readPages(lazyStack(source))) await writer.writePage(page);
    await writer.close();
    const tiff = await openImageFile(path);
    expect(tiff).toMatchObject({ format: "TIFF", metadata: { calibration: { Z: { step: 0.5 } } } });
    expect(tiff.metadata.calibration?.X?.step).toBeCloseTo(0.1, 6);
    const sorted = async (of: ImageSource) => (await readAll(of)).map(String).toSorted();
    expect(await sorted(tiff)).toEqual(await sorted(source));
    await tiff.close();
  });
});

describe("smaller copies", () => {
  test("are means of blocks, also along Z where the Zarr has them so", async () => {
    const own = structuredClone((await open(v3.get("zstd")!.files)).metadata.own!) as {
      format: string;
      calibration: { multiscales: { datasets: unknown } };
    };
    own.calibration.multiscales.datasets = [
      { path: "s0", scale: [1, 0.5, 0.1, 0.1] },
      { path: "s1", scale: [1, 1, 0.2, 0.2] },
      { path: "s2", scale: [1, 1, 0.4, 0.4] },
    ];
    const shape = [2, 5, 9, 11];
    for (const dtype of ["float32", "uint8"] as const) {
      const header: ImageHeader = { axes: ["C", "Z", "Y", "X"], shape, dtype, metadata: { own } };
      const pages = pagesOf(header);
      const files = await written(header, pages);
      const level = async (path: string) => {
        const at = withJson<{ attributes: { ome: { multiscales: [object] } } }>(
          files,
          "zarr.json",
          (document) => {
            document.attributes.ome.multiscales[0] = {
              ...document.attributes.ome.multiscales[0],
              datasets: [{ path }],
            };
            return document;
          },
        );
        return open(at);
      };
      const value = (c: number, z: number, y: number, x: number) => pages[c * 5 + z]!.data[y * 11 + x]!;
      const half = await level("s1");
      expect(half.shape).toEqual([2, 2, 4, 5]);
      const { data } = await half.read({ C: 1, Z: 1, Y: 3, X: 4 });
      let sum = 0;
      for (const z of [2, 3]) for (const y of [6, 7]) for (const x of [8, 9]) sum += value(1, z, y, x);
      expect(data[0]).toBeCloseTo(dtype === "uint8" ? rint(sum / 8) : sum / 8, 4);
      const quarter = await level("s2");
      expect(quarter.shape).toEqual([2, 2, 2, 2]);
      const block = (await half.read({ C: 0, Z: 1, Y: [2, 4], X: [0, 2] })).data;
      const mean = (block[0]! + block[1]! + block[2]! + block[3]!) / 4;
      expect((await quarter.read({ C: 0, Z: 1, Y: 1, X: 0 })).data[0]).toBeCloseTo(
        dtype === "uint8" ? rint(mean) : mean,
        4,
      );
    }
  });

  test.each([
    ["uint8", 255, 1],
    ["float32", -9999.9, 1],
    ["float32", -9999.9, 2],
  ] as const)(
    "of %s have no value (%d) where a pixel of a block has none, of %d planes",
    async (dtype, nodata, deep) => {
      const own = structuredClone((await open(v3.get("zstd")!.files)).metadata.own!) as {
        calibration: { multiscales: { datasets: unknown } };
      };
      own.calibration.multiscales.datasets = [
        { path: "s0", scale: [1, 0.5, 0.1, 0.1] },
        { path: "s1", scale: [1, 0.5 * deep, 0.2, 0.2] },
      ];
      const metadata = { own, nodata } as NonNullable<ImageHeader["metadata"]>; // its format is there, too
      const header: ImageHeader = { axes: ["C", "Z", "Y", "X"], shape: [1, 2, 4, 6], dtype, metadata };
      const pages = pagesOf(header);
      for (const { data } of pages) for (const at of [0, 6, 8]) data[at] = nodata;
      if (dtype === "float32") pages[0]!.data[23] = Number.NaN;
      const files = withJson<{ attributes: { ome: { multiscales: [{ datasets: unknown }] } } }>(
        await written(header, pages),
        "zarr.json",
        (document) => {
          document.attributes.ome.multiscales[0].datasets = [{ path: "s1" }];
          return document;
        },
      );
      const smaller = Array.from((await (await open(files)).read({ C: 0, Z: 0 })).data);
      const none = Math.fround(nodata);
      expect(smaller.slice(0, 2)).toEqual([none, none]);
      if (dtype === "float32") expect(smaller[5]).toBe(Number.NaN);
      for (const i of dtype === "float32" ? [2, 3, 4] : [2, 3, 4, 5]) {
        const left = (i % 3) * 2 + (i < 3 ? 0 : 12);
        const blocks = pages.slice(0, deep).flatMap(({ data }) => [0, 1, 6, 7].map((at) => data[left + at]!));
        const mean = blocks.reduce((sum, value) => sum + value / blocks.length, 0);
        expect(smaller[i]).toBeCloseTo(dtype === "float32" ? mean : rint(mean), 3);
      }
    },
  );

  test("are there for large pages of other formats", async () => {
    const files = await written({ axes: ["Y", "X"], shape: [1100, 4100], dtype: "uint8" });
    expect(Object.keys(files).filter((path) => path.endsWith(".zarray"))).toEqual(
      ["0", "1", "2", "3"].map((level) => `${level}/.zarray`),
    );
    expect(json(files, "3/.zarray")).toMatchObject({ shape: [137, 512], chunks: [1024, 1024] });
  });
});

describe("on a disk", () => {
  const header: ImageHeader = { axes: ["Z", "Y", "X"], shape: [2, 5, 6], dtype: "uint8" };

  test("a Zarr appears when it is whole, and never in part", async () => {
    const path = join(folder, "whole.ome.zarr");
    const writer = await createImageFile(path, header);
    await writer.writePage(pagesOf(header)[0]!);
    expect(readdirSync(folder).includes("whole.ome.zarr")).toBe(false);
    await writer.writePage(pagesOf(header)[1]!);
    await writer.close();
    expect(await readAll(await openImageFile(`${path}/`))).toEqual(
      pagesOf(header).map(({ data }) => [...data]),
    );
    const again = await createImageFile(path, header);
    await again.writePage(pagesOf(header)[0]!);
    await again.abort();
    expect(readdirSync(folder).filter((entry) => entry.includes("whole"))).toEqual(["whole.ome.zarr"]);
    expect(await readAll(await openImageFile(path))).toHaveLength(2);
    await expect(
      createImageFile(path, header).then(async (short) => {
        await short.writePage(pagesOf(header)[0]!);
        await short.close();
      }),
    ).rejects.toThrow("expected 2 pages, got 1");
  });

  test("a folder that is called otherwise gets the extension", () => {
    const name = (of: string) => writableAs({ format: "OME-Zarr", name: of }).name;
    expect(name("plate.zarr/A/1/0")).toBe("plate.zarr/A/1/0.ome.zarr");
    expect(name("cells.zarr/")).toBe("cells.zarr");
    expect(name("cells/")).toBe("cells.ome.zarr");
    expect(name("https://example.org/a.OME.Zarr")).toBe("https://example.org/a.OME.Zarr");
  });
});

test("in memory, as in a browser, a Zarr is a map of files", async () => {
  const sink = blobFolderSink();
  const writer = await createImage("a.zarr", sink, { axes: ["Y", "X"], shape: [2, 2], dtype: "uint8" });
  await writer.writePage({ width: 2, height: 2, dtype: "uint8", data: Uint8Array.of(1, 2, 3, 4) });
  await writer.close();
  expect([...sink.files().keys()]).toEqual([".zgroup", ".zattrs", "0/.zarray", "0/.zattrs", "0/0/0"]);
  const source = await openImage("a.zarr", blobFiles(sink.files(), "a.zarr"));
  expect([...(await source.read()).data]).toEqual([1, 2, 3, 4]);
});
