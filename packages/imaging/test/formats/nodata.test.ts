import { expect, test } from "vitest";
import { createImage } from "../../src/formats/createImage.js";
import { blobFiles } from "../../src/formats/fileStore.js";
import { openImage } from "../../src/formats/openImage.js";
import { blobBytes } from "../../src/formats/randomAccess.js";
import { blobSink } from "../../src/formats/sink.js";
import { calibrationOf } from "../../src/image/metadata.js";
import { tiffBytes } from "./tiff/tiffBytes.js";

const tags = { 256: [2], 257: [2], 258: [8], 259: [1], 262: [1], 277: [1], 278: [2] } as const;

test.each([
  ["-9999", -9999],
  ["0 ", 0],
  ["nan", undefined],
  ["", undefined],
] as const)("GDAL's NODATA %j of a TIFF is %s", async (text, nodata) => {
  const bytes = tiffBytes([{ blocks: [Uint8Array.of(1, 2, 3, 4)], tags: { ...tags, 42113: text } }]);
  const { metadata } = await openImage("a.tif", blobBytes(new Blob([bytes]), "a.tif"));
  expect(metadata.nodata).toBe(nodata);
});

test.each([
  [{ _FillValue: -1 }, -1],
  [{ _FillValue: "AAAAAAAA+H8=" }, undefined],
  [{}, undefined],
] as const)("_FillValue of a Zarr array: %j", async (attributes, nodata) => {
  const json = (value: object): Blob => new Blob([JSON.stringify(value)]);
  const axes = ["y", "x"].map((name) => ({ name, type: "space" }));
  const datasets = [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [1, 1] }] }];
  const files = new Map([
    [".zgroup", json({ zarr_format: 2 })],
    [".zattrs", json({ multiscales: [{ version: "0.4", axes, datasets }] })],
    [
      "0/.zarray",
      json({
        ...{ zarr_format: 2, shape: [2, 2], chunks: [2, 2], dtype: "<i2", compressor: null, fill_value: 0 },
        ...{ order: "C", filters: null, dimension_separator: "/" },
      }),
    ],
    ["0/.zattrs", json(attributes)],
  ]);
  const { metadata } = await openImage("a.ome.zarr", blobFiles(files, "a.ome.zarr"));
  expect(metadata.nodata).toBe(nodata);
});

test("no value of an uncertainty stands for none, as one of the grey values does", async () => {
  const bytes = tiffBytes([
    { blocks: [Uint8Array.of(1, 2, 3, 4)], tags: { ...tags, 42113: "0", 315: "Ada" } },
    { blocks: [Uint8Array.of(1, 2, 3, 4)], tags: { ...tags, 42113: "0" } },
  ]);
  const { axes, shape, metadata } = await openImage("a.tif", blobBytes(new Blob([bytes]), "a.tif"));
  const sink = blobSink();
  const header = { axes, shape, dtype: "float32", metadata: calibrationOf(metadata) } as const;
  const writer = await createImage("map.tif", sink, header);
  for (let page = 0; page < 2; page++) {
    await writer.writePage({ width: 2, height: 2, dtype: "float32", data: new Float32Array(4) });
  }
  await writer.close();
  const map = await openImage("map.tif", blobBytes(sink.blob(), "map.tif"));
  expect(map.metadata.nodata).toBeUndefined();
  const text = new TextDecoder("latin1").decode(await sink.blob().arrayBuffer());
  expect(text).toContain("Ada");
});
