import { describe, expect, test, vi } from "vitest";
import { createImage } from "../../../src/formats/createImage.js";
import { blobFiles, type FileStore } from "../../../src/formats/fileStore.js";
import { blobFolderSink } from "../../../src/formats/folderSink.js";
import { httpFiles } from "../../../src/formats/httpFiles.js";
import { openImage } from "../../../src/formats/openImage.js";
import { RequestRefused } from "../../../src/formats/requestRefused.js";
import { InputError } from "../../../src/image/inputError.js";
import { type PlaneRegion, selectRegion } from "../../../src/image/selectRegion.js";
import { type ImageSource, pageCountOf } from "../../../src/image/source.js";
import { TransientError } from "../../../src/image/transientError.js";

const json = (value: object): Blob => new Blob([JSON.stringify(value)]);
const axes = ["t", "z", "y", "x"].map((name) => ({ name, type: name === "t" ? "time" : "space" }));
const datasets = [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [1, 1, 1, 1] }] }];
const omero = {
  channels: [{ label: "DAPI", color: "FFFFFF", active: true }],
  rdefs: { defaultT: 1, defaultZ: 4, model: "color" },
};
const files = new Map([
  [".zgroup", json({ zarr_format: 2 })],
  [".zattrs", json({ multiscales: [{ version: "0.4", axes, datasets }], omero })],
  [
    "0/.zarray",
    json({
      ...{ zarr_format: 2, shape: [2, 8, 3, 3], chunks: [1, 1, 3, 3], dtype: "<u2", compressor: null },
      ...{ order: "C", filters: null, fill_value: 0, dimension_separator: "/" },
    }),
  ],
  ["0/.zattrs", json({ _FillValue: 7 })],
]);

describe("the plane that is shown first", () => {
  test.each([
    [{}, { defaultT: 1, defaultZ: 4, model: "color" }],
    [{ Z: [3, 6] }, { defaultT: 1, defaultZ: 1, model: "color" }],
    [{ Z: [0, 2] }, { defaultT: 1, model: "color" }],
    [
      { Z: 4, T: 1 },
      { defaultT: 0, defaultZ: 0, model: "color" },
    ],
    [
      { Z: 3, T: [1, 2] },
      { defaultT: 0, model: "color" },
    ],
  ] satisfies [PlaneRegion, object][])("of %j is %j", async (region, rdefs) => {
    const source = selectRegion(await openImage("a.zarr", blobFiles(files, "a.zarr")), region);
    const sink = blobFolderSink();
    const writer = await createImage("b.zarr", sink, source);
    const page = { width: 3, height: 3, dtype: "uint16", data: new Uint16Array(9) } as const;
    for (let i = 0; i < pageCountOf(source); i++) await writer.writePage(page);
    await writer.close();
    const written = JSON.parse(await sink.files().get(".zattrs")!.text());
    expect(written.omero).toEqual({ ...omero, rdefs });
  });
});

describe("attributes that cannot be read", () => {
  const failing = (path: string, error: Error): FileStore => {
    const store = blobFiles(files, "a.zarr");
    return { read: async (one, range) => (one === path ? Promise.reject(error) : store.read(one, range)) };
  };

  test.each(["0/.zattrs", ".zattrs", "zarr.json", "0/zarr.json"])(
    "%s: what may be there is not taken for missing",
    async (path) => {
      for (const error of [new TransientError("answers 503"), new InputError("permission denied")]) {
        await expect(openImage("a.zarr", failing(path, error))).rejects.toBe(error);
      }
    },
  );

  test("a server that gives nobody a file that is not there", async () => {
    const refused = new RequestRefused("answers 403");
    const { metadata } = await openImage("a.zarr", failing("0/zarr.json", refused));
    expect(metadata.nodata).toBe(7);
    expect((await openImage("a.zarr", failing("0/.zattrs", refused))).metadata.nodata).toBeUndefined();
    const nothing: FileStore = { read: () => Promise.reject(refused) };
    await expect(openImage("a.zarr", nothing)).rejects.toBe(refused);
  });

  test("a server that lets pages read its files, but not that there is none", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    vi.stubGlobal("location", {});
    vi.stubGlobal("fetch", async (url: URL) => {
      const file = files.get(url.pathname.replace("/a.zarr/", ""));
      if (!file || url.hostname === "elsewhere") throw new TypeError("Failed to fetch");
      return new Response(file);
    });
    const open = async (address: string): Promise<ImageSource> => {
      const opened = openImage("a.zarr", httpFiles(address));
      opened.catch(() => undefined);
      await vi.advanceTimersByTimeAsync(60_000);
      return opened;
    };
    try {
      expect((await open("http://here/a.zarr")).metadata.nodata).toBe(7);
      const nowhere = open("http://elsewhere/a.zarr");
      await expect(nowhere).rejects.toThrow(TransientError);
      await expect(nowhere).rejects.toThrow("lets pages of other origins read (CORS)");
    } finally {
      vi.unstubAllGlobals();
      vi.useRealTimers();
    }
  });
});
