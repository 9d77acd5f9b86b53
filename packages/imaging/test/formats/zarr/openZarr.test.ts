import { join } from "node:path";
import { pythonWith, runPython } from "@clidim/testing/python";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import type { FileStore } from "../../../src/formats/fileStore.js";
import { openImage } from "../../../src/formats/openImage.js";
import { openZarr } from "../../../src/formats/zarr/openZarr.js";
import { InputError } from "../../../src/image/inputError.js";
import { lazyStack } from "../../../src/image/lazyStack.js";
import { pageCountOf, pageSizeOf } from "../../../src/image/source.js";
import {
  FIXTURE_SHAPE,
  fixturePixels,
  readFixtures,
  storeOf,
  withJson,
  type ZarrFiles,
  type ZarrFixture,
} from "./zarrFixtures.js";

const folder = temporaryFolder();
const v3 = readFixtures("tensorstore");
const v2 = readFixtures("zarrPython");

async function expectPixels(name: string, { dtype, files }: ZarrFixture): Promise<void> {
  const source = await openImage("a.ome.zarr", storeOf(files));
  const expected = fixturePixels(name, dtype);
  const read = dtype === "int8" ? "int16" : ["uint8", "uint16", "int16"].includes(dtype) ? dtype : "float32";
  expect(source).toMatchObject({
    ...{ format: "OME-Zarr", axes: ["C", "Z", "Y", "X"], shape: FIXTURE_SHAPE, dtype: read },
    metadata: {
      calibration: { Z: { step: 0.5, unit: "um" }, Y: { step: 0.1, unit: "um" }, X: { step: 0.1 } },
    },
  });
  expect([...(await source.read()).data]).toEqual(expected);
  // Page by page, and a window across chunks.
  const stack = lazyStack(source);
  const { width, height } = pageSizeOf(source);
  for (let page = 0; page < pageCountOf(source); page++) {
    const { data } = await stack.readPage(page);
    expect([...data]).toEqual(expected.slice(page * width * height, (page + 1) * width * height));
  }
  const block = await source.read({ C: [0, 2], Z: [1, 3], Y: [2, 5], X: [1, 6] });
  const wanted = [0, 1].flatMap((c) =>
    [1, 2].flatMap((z) =>
      [2, 3, 4].flatMap((y) => [1, 2, 3, 4, 5].map((x) => expected[((c * 3 + z) * 5 + y) * 7 + x])),
    ),
  );
  expect(block.shape).toEqual([2, 2, 3, 5]);
  expect([...block.data]).toEqual(wanted);
  await source.close();
}

describe("Zarr 3 as tensorstore writes it", () => {
  test.each([...v3])("%s", expectPixels);

  const python = pythonWith("tensorstore");
  test.runIf(python)("written anew, it is read the same", async () => {
    const path = join(folder, "tensorstore.json");
    runPython(python!, new URL("tensorstoreFixtures.py", import.meta.url), path);
    for (const [name, fixture] of readFixtures({ path })) await expectPixels(name, fixture);
  });
});

describe("Zarr 2 as Zarr-Python writes it", () => {
  test.each([...v2])("%s", expectPixels);

  const python = pythonWith("zarr");
  test.runIf(python)("written anew, it is read the same", async () => {
    const path = join(folder, "zarrPython.json");
    runPython(python!, new URL("zarrPythonFixtures.py", import.meta.url), path);
    for (const [name, fixture] of readFixtures({ path })) await expectPixels(name, fixture);
  });
});

/** Counts what is read. */
function counted(files: ZarrFiles): { readonly store: FileStore; readonly read: string[] } {
  const inner = storeOf(files);
  const read: string[] = [];
  return {
    read,
    store: {
      read: (path, range, options) => {
        if (!/json|\.z/.test(path)) read.push(range ? `${path} ${Object.values(range).join("+")}` : path);
        return inner.read(path, range, options);
      },
    },
  };
}

describe("what is read", () => {
  test("a region costs the chunks that it touches", async () => {
    const { store, read } = counted(v3.get("plain")!.files);
    const source = await openImage("a.zarr", store);
    expect(source.chunks).toEqual([1, 1, 4, 4]);
    expect(read).toEqual([]);
    await source.read({ C: 1, Z: 2, Y: [0, 2], X: [3, 5] });
    expect(read.toSorted()).toEqual(["0/c/1/2/0/0", "0/c/1/2/0/1"]);
  });

  test("of a shard, its index once and the ranges of the chunks", async () => {
    const { store, read } = counted(v3.get("sharded")!.files);
    const source = await openImage("a.zarr", store);
    expect(source.chunks).toEqual([1, 1, 3, 4]);
    await source.read({ C: 1, Z: 2, Y: 0, X: 0 });
    await source.read({ C: 1, Z: 0, Y: 0, X: 0 });
    expect(read[0]).toBe(`0/c/0/0/0/0 ${16 * 2 * 4 * 2 * 2 + 4}`);
    expect(read).toHaveLength(3);
  });

  test("a chunk that is deeper than a page is decoded once for its pages", async () => {
    const { store, read } = counted(v2.get("columns first")!.files);
    const stack = lazyStack(await openImage("a.zarr", store));
    for (let page = 0; page < 2; page++) await stack.readPage(page);
    expect(new Set(read).size).toBe(read.length);
    expect(read).toHaveLength(4);
  });

  test("of pages whose chunks do not all fit, always the same are kept", async () => {
    const { store, read } = counted(v2.get("columns first")!.files);
    // Two of the four chunks of a page.
    const stack = lazyStack(await openZarr(store, "a.zarr", undefined, 2 * 48));
    const seen: number[] = [];
    for (const page of [0, 1, 0, 2, 3]) {
      await stack.readPage(page);
      seen.push(read.splice(0).length);
    }
    expect(seen).toEqual([4, 2, 2, 4, 4]);
  });

  test("aborting ends it", async () => {
    const source = await openImage("a.zarr", storeOf(v3.get("plain")!.files));
    await expect(source.read({}, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
      "enough",
    );
  });
});

const plain3 = v3.get("plain")!.files;
const plain2 = v2.get("plain")!.files;
/** Of the images in the fixtures. */
interface Attributes {
  readonly multiscales: readonly [{ readonly axes: readonly object[] }];
}
const ome = (change: (attributes: Attributes) => unknown): ZarrFiles => withJson(plain2, ".zattrs", change);

describe("axes, units, channels", () => {
  const opened = (files: ZarrFiles) => openImage("a.zarr", storeOf(files));
  const axes = (list: unknown) =>
    ome(({ multiscales: [image] }) => ({ multiscales: [{ ...image, axes: list }] }));

  test("axes are those of the metadata, whatever they are called where their types tell", async () => {
    const types = [{ name: "frame", type: "time" }, { name: "wavelength", type: "channel" }, "y", "x"];
    expect((await opened(axes(types))).axes).toEqual(["T", "C", "Y", "X"]);
    expect((await opened(axes(["t", "z", "y", "x"]))).axes).toEqual(["T", "Z", "Y", "X"]);
    await expect(opened(axes(["c", "angle", "y", "x"]))).rejects.toThrow(
      new InputError("a.zarr has an axis angle, expected axes of t, c, z, y, x"),
    );
    await expect(opened(axes(["c", "c", "y", "x"]))).rejects.toThrow(
      "a.zarr has the axes c, c, y, x, expected y, x and at most one each of t, c, z",
    );
    await expect(opened(axes(["y", "x"]))).rejects.toThrow(
      "a.zarr is damaged: its axes are y, x, the shape of a.zarr/0 is [2,3,5,7]",
    );
  });

  test("rows and columns come last, whatever the order of the file", async () => {
    const source = await opened(axes(["y", "x", "c", "z"]));
    expect(source).toMatchObject({ axes: ["C", "Z", "Y", "X"], shape: [5, 7, 2, 3], chunks: [4, 4, 1, 1] });
    const expected = fixturePixels("plain", "uint16");
    const { data } = await source.read({ C: 4, Z: [2, 4] });
    const at = (y: number, x: number, c: number, z: number) => expected[((y * 3 + x) * 5 + c) * 7 + z];
    expect([...data]).toEqual(
      [2, 3].flatMap((z) => [0, 1].flatMap((y) => [0, 1, 2].map((x) => at(y, x, 4, z)))),
    );
  });

  test("scales of the dataset and of the image are multiplied; without a unit there is no calibration", async () => {
    const { metadata } = await opened(
      ome(({ multiscales: [image] }) => ({
        multiscales: [
          {
            ...image,
            axes: [{ name: "t", type: "time", unit: "millisecond" }, { name: "z" }, ...image.axes.slice(2)],
            coordinateTransformations: [{ type: "scale", scale: [40, 1, 1, 2] }],
          },
        ],
      })),
    );
    expect(metadata.calibration).toEqual({
      T: { step: 40, unit: "ms" },
      Y: { step: 0.1, unit: "um" },
      X: { step: 0.2, unit: "um" },
    });
  });

  test("channels have names and display ranges where they are told for all of them", async () => {
    const channels = [
      { label: "DAPI", color: "0000FF", window: { start: 10, end: 200, min: 0, max: 255 } },
      { label: "GFP", color: "00FF00", window: { start: 5, end: 90.5, min: 0, max: 255 } },
    ];
    const told = async (omero: unknown) => (await opened(ome((own) => ({ ...own, omero })))).metadata;
    expect(await told({ channels })).toMatchObject({
      channels: ["DAPI", "GFP"],
      channelColours: ["#0000ff", "#00ff00"],
      displayRanges: [
        [10, 200],
        [5, 90.5],
      ],
    });
    expect((await told({ channels: channels.slice(1) })).channels).toBeUndefined();
    expect((await told({ channels: [{ label: 3 }, { label: "b" }] })).channels).toBeUndefined();
    expect(
      (await told({ channels: [{ color: "red" }, { color: "00FF00" }] })).channelColours,
    ).toBeUndefined();
    expect((await told("nothing")).displayRanges).toBeUndefined();
  });
});

describe("what is no image, or several", () => {
  const refused = async (files: ZarrFiles, message: string | RegExp, name = "p.zarr"): Promise<void> => {
    const opening = openImage(name, storeOf(files));
    await expect(opening).rejects.toThrow(InputError);
    await expect(openImage(name, storeOf(files))).rejects.toThrow(message);
  };
  const attributes = (value: unknown): ZarrFiles => ({
    ".zattrs": new TextEncoder().encode(JSON.stringify(value)),
  });

  test("plates, wells, labels and arrays say which path to give", async () => {
    await refused(
      attributes({ plate: { wells: [{ path: "B/03" }, { path: "B/04" }] } }),
      "p.zarr is a plate of 2 wells; give the images of its wells, such as p.zarr/B/03/0",
    );
    await refused(
      attributes({ well: { images: [{ path: "0" }, { path: "1" }] } }),
      "p.zarr is a well of 2 images; give one of them, such as p.zarr/0",
    );
    await refused(
      attributes({ labels: ["nuclei"] }),
      /is a list of images of labels, .*: give the folder above it$/,
    );
    await refused(attributes({ "image-label": {}, multiscales: [] }), /is an image of labels/);
    await refused(attributes({}), /is a Zarr, but no OME-Zarr image: it has no multiscales/);
    await refused(
      { ".zarray": plain2["0/.zarray"]! },
      /is an array of a Zarr; .*: give the folder above it$/,
    );
    await refused({}, "there is no Zarr at p.zarr: it has none of zarr.json, .zgroup and .zattrs");
  });

  test("what bioformats2raw writes is its one image, or says which there are", async () => {
    const layout = attributes({ "bioformats2raw.layout": 3 });
    const inFolder = (number: string) =>
      Object.fromEntries(Object.entries(plain2).map(([path, bytes]) => [`${number}/${path}`, bytes]));
    const one = { ...layout, ...inFolder("0") };
    expect([...(await (await openImage("p.zarr", storeOf(one))).read()).data]).toEqual(
      fixturePixels("plain", "uint16"),
    );
    const withXml = { ...one, "OME/METADATA.ome.xml": new TextEncoder().encode("<OME/>") };
    expect((await openImage("p.zarr", storeOf(one))).metadata.notes).toBeUndefined();
    expect((await openImage("p.zarr", storeOf(withXml))).metadata.notes).toEqual([
      "its OME-XML (OME/METADATA.ome.xml) is neither read nor kept",
    ]);
    await refused(
      { ...one, ...inFolder("1") },
      "p.zarr has several images; give one of them, such as p.zarr/0",
    );
    await refused(layout, /says that bioformats2raw wrote it, and has no image 0/);
  });

  test("an array that is nowhere, or outside", async () => {
    const path = (where: string) =>
      ome(({ multiscales: [image] }) => ({ multiscales: [{ ...image, datasets: [{ path: where }] }] }));
    await refused(path("scale0"), "p.zarr is damaged: there is no array p.zarr/scale0");
    await refused(path("../other/0"), "the path ../other/0 of its array leaves the folder");
  });
});

describe("sizes that the metadata tells", () => {
  const array2 = (change: object): ZarrFiles =>
    withJson(plain2, "0/.zarray", (own) => ({ ...own, ...change }));
  const array3 = (change: object, of = plain3): ZarrFiles =>
    withJson(of, "0/zarr.json", (own) => ({ ...own, ...change }));
  const regular = (chunk_shape: readonly number[]) => {
    return { chunk_grid: { name: "regular", configuration: { chunk_shape } } };
  };

  test.each<[string, ZarrFiles, string | RegExp]>([
    [
      "huge chunks",
      array2({ chunks: [1, 1, 65536, 65536] }),
      /has chunks of \[1,1,65536,65536\] uint16, which are 8589934592 bytes each/,
    ],
    ["huge chunks", array3(regular([2 ** 20, 2 ** 20, 1, 1])), /write it with smaller chunks/],
    ["a huge shape", array3({ shape: [2 ** 30, 2 ** 30, 5, 7] }), /is damaged: it says that its shape is/],
    ["no pixels", array2({ shape: [2, 0, 5, 7] }), /its shape\.1 is not as expected/],
    ["a broken shape", array3({ shape: [2, 1.5, 5, 7] }), /its shape\.1 is not as expected/],
    ["chunks of other axes", array2({ chunks: [1, 4, 4] }), /its shape has 4 axes, its chunks have 3/],
    [
      "another grid",
      array3({ chunk_grid: { name: "rectilinear" } }),
      /its chunk_grid\.name is not as expected/,
    ],
    ["another dtype", array2({ dtype: "<c8" }), /has pixels of <c8, expected one of uint8, int8/],
    ["another dtype", array3({ data_type: "bool" }), /has pixels of bool/],
    [
      "filters",
      array2({ filters: [{ id: "delta", dtype: "<u2" }] }),
      /is filtered by delta, which is not read/,
    ],
    [
      "another compressor",
      array2({ compressor: { id: "bz2", level: 1 } }),
      /is encoded by bz2, which is not read; expected one of blosc, zstd, lz4, gzip, zlib/,
    ],
    ["another codec", array3({ codecs: [{ name: "vlen-utf8" }] }), /is encoded by vlen-utf8/],
    [
      "a broken transposition",
      array3({ codecs: [{ name: "transpose", configuration: { order: [0, 1, 1, 2] } }, { name: "bytes" }] }),
      /it transposes 4 axes by \[0,1,1,2\]/,
    ],
    ["a fill value of another kind", array2({ fill_value: 70000 }), /its fill value 70000 is none of uint16/],
    [
      "shards that are no multiples",
      array3(regular([2, 4, 6, 7]), v3.get("sharded")!.files),
      /its shards of \[2,4,6,7\] are no multiples of its chunks/,
    ],
    [
      "shards of countless chunks",
      array3(regular([2 ** 10, 2 ** 10, 3 * 2 ** 10, 8]), v3.get("sharded")!.files),
      /has more chunks in a shard than are read/,
    ],
    [
      "shards in shards",
      withJson<{ codecs: [{ configuration: object }] }>(v3.get("sharded")!.files, "0/zarr.json", (own) => {
        const [shards] = own.codecs;
        const inner = structuredClone(shards);
        return {
          ...own,
          codecs: [{ ...shards, configuration: { ...shards.configuration, codecs: [inner] } }],
        };
      }),
      /is encoded by sharding_indexed/,
    ],
    [
      "text that is no JSON",
      { ...plain2, "0/.zarray": new TextEncoder().encode("{") },
      "0/.zarray is truncated or damaged: it is no JSON",
    ],
  ])("%s", async (_what, files, message) => {
    const opening = openImage("a.zarr", storeOf(files));
    await expect(opening).rejects.toThrow(InputError);
    await expect(openImage("a.zarr", storeOf(files))).rejects.toThrow(message);
  });

  test("fill values are numbers, names or bits", async () => {
    const empty = Object.fromEntries(
      Object.entries(v3.get("zstd")!.files).filter(([path]) => path.endsWith("json")),
    );
    const filled = async (fill_value: unknown) =>
      (
        await (
          await openImage("a.zarr", storeOf(array3({ fill_value }, empty)))
        ).read({ C: 0, Z: 0, Y: 0, X: 0 })
      ).data[0];
    expect(await filled(2.5)).toBe(2.5);
    expect(await filled("NaN")).toBeNaN();
    expect(await filled("-Infinity")).toBe(-Infinity);
    expect(await filled("0x7fc00000")).toBeNaN();
    expect(await filled("0x3fc00000")).toBe(1.5);
    expect(await filled(null)).toBe(0);
    await expect(filled("empty")).rejects.toThrow(/its fill value "empty" is none of float32/);
  });

  test("values that float32 has not are refused where they are read", async () => {
    const of = (value: bigint) => {
      const files = v3.get("int64")!.files;
      const chunk = files["0/c/0/0/0/0"]!.slice();
      new DataView(chunk.buffer).setBigInt64(8, value, true);
      return openImage("a.zarr", storeOf({ ...files, "0/c/0/0/0/0": chunk }));
    };
    expect((await (await of(2n ** 40n)).read({ C: 0, Z: 0, Y: 0 })).data[1]).toBe(2 ** 40);
    for (const value of [2n ** 24n + 1n, 2n ** 53n + 1n]) {
      const source = await of(value);
      await expect(source.read({ C: 0, Z: 0, Y: 0 })).rejects.toThrow(
        new RegExp(`^a.zarr/0/c/0/0/0/0 cannot be read: .*its value ${value} of int64 is none of float32`),
      );
      await expect(source.read({ C: 1 })).resolves.toBeDefined();
    }
  });

  test("values beyond the edge, where there is no image, are not looked at", async () => {
    const { files, dtype } = v3.get("int64")!;
    const padded = { ...files };
    // Of the last chunk of each page, [4, 4], one row of three pixels is within [5, 7].
    for (const path of Object.keys(files).filter((key) => key.endsWith("/1/1"))) {
      const chunk = files[path]!.slice();
      const view = new DataView(chunk.buffer);
      for (let at = 3; at < 16; at++) view.setBigInt64(8 * at, 2n ** 24n + 1n, true);
      padded[path] = chunk;
    }
    const read = (await (await openImage("a.zarr", storeOf(padded))).read()).data;
    expect([...read]).toEqual(fixturePixels("int64", dtype));
  });
});

describe("damaged chunks", () => {
  const names = [
    ...[...v3].map(([name, fixture]) => [`${name}, version 3`, fixture] as const),
    ...[...v2].map(([name, fixture]) => [`${name}, version 2`, fixture] as const),
  ];

  test.each(names)("of %s that were cut are an InputError that names the file", async (_name, { files }) => {
    const [path, bytes] = Object.entries(files).find(([key]) => !/json|\.z/.test(key))!;
    for (const length of [0, 1, 3, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const source = await openImage("a.zarr", storeOf({ ...files, [path]: bytes.slice(0, length) }));
      const reading = source.read();
      await expect(reading).rejects.toThrow(InputError);
      await expect(source.read()).rejects.toThrow(`a.zarr/${path} cannot be read`);
    }
  });

  test("checksums are looked at", async () => {
    for (const [name, at] of [
      ["checksums", 8],
      ["sharded", -12],
    ] as const) {
      const { files } = v3.get(name)!;
      const [path, bytes] = Object.entries(files).find(([key]) => !key.endsWith("json"))!;
      const damaged = bytes.slice();
      damaged[(at + bytes.length) % bytes.length]! ^= 1;
      const source = await openImage("a.zarr", storeOf({ ...files, [path]: damaged }));
      await expect(source.read()).rejects.toThrow("its checksum is not that of its bytes");
    }
  });

  test("no memory is taken for what a compressor's header says", async () => {
    const huge = (name: string, fixtures: typeof v2, at: number, value: readonly number[]) => {
      const { files } = fixtures.get(name)!;
      const [path, bytes] = Object.entries(files).find(([key]) => !/json|\.z/.test(key))!;
      const damaged = bytes.slice();
      damaged.set(value, at);
      return openImage("a.zarr", storeOf({ ...files, [path]: damaged }));
    };
    const big = [0, 0, 0, 0x7f];
    for (const opened of [huge("default blosc", v2, 4, big), huge("lz4", v2, 0, big)]) {
      await expect((await opened).read()).rejects.toThrow(
        /expected at most \d+ bytes, it says that there are 2130706432/,
      );
    }
  });
});
