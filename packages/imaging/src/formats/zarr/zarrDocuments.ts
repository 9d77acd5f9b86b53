import { type FolderSink, writeInto } from "../folderSink.js";
import type { ZarrCodec } from "./compressors.js";
import { v2TypeText, type ZarrArray } from "./zarrArray.js";
import { inNode, type JsonObject } from "./zarrNode.js";

/** Writes what makes a group of a folder. */
export async function writeGroup(
  folder: FolderSink,
  version: 2 | 3,
  path: string,
  attributes: JsonObject,
): Promise<void> {
  if (version === 3) {
    const document = { zarr_format: 3, node_type: "group", attributes };
    return writeInto(folder, inNode(path, "zarr.json"), json(document));
  }
  await writeInto(folder, inNode(path, ".zgroup"), json({ zarr_format: 2 }));
  await writeInto(folder, inNode(path, ".zattrs"), json(attributes));
}

/** Writes what makes an array of a folder; the array is stored in the order of its axes and little-endian. */
export async function writeArray(
  folder: FolderSink,
  path: string,
  array: ZarrArray,
  axisNames: readonly string[],
  attributes: JsonObject,
): Promise<void> {
  if (array.version === 3) {
    return writeInto(folder, inNode(path, "zarr.json"), json(version3(array, axisNames, attributes)));
  }
  await writeInto(folder, inNode(path, ".zarray"), json(version2(array)));
  // Version 2 leaves the names of axes to a convention, which the other readers of such files know.
  await writeInto(folder, inNode(path, ".zattrs"), json({ ...attributes, _ARRAY_DIMENSIONS: axisNames }));
}

function version2({ shape, chunks, dataType, fill, compressors, separator }: ZarrArray): JsonObject {
  const [compressor] = compressors;
  return {
    zarr_format: 2,
    shape,
    chunks,
    dtype: v2TypeText(dataType),
    compressor: compressor ? { id: compressor.name, ...compressor.configuration } : null,
    fill_value: fill,
    order: "C",
    filters: null,
    dimension_separator: separator,
  };
}

/** The codecs that the specification of version 3 has; others are known by the library that has them. */
const CORE_CODECS = ["blosc", "gzip", "zstd", "crc32c"];

function version3(
  { shape, chunks, sharding, dataType, fill, compressors, separator, prefix }: ZarrArray,
  axisNames: readonly string[],
  attributes: JsonObject,
): JsonObject {
  const codecs = [
    codec("bytes", dataType === "uint8" ? {} : { endian: "little" }),
    ...compressors.map(({ name, configuration }) =>
      codec(CORE_CODECS.includes(name) ? name : `numcodecs.${name}`, configuration),
    ),
  ];
  const index = sharding?.index;
  return {
    zarr_format: 3,
    node_type: "array",
    shape,
    data_type: dataType,
    chunk_grid: { name: "regular", configuration: { chunk_shape: sharding?.shape ?? chunks } },
    chunk_key_encoding: { name: prefix ? "default" : "v2", configuration: { separator } },
    fill_value: fill,
    codecs: index
      ? [
          codec("sharding_indexed", {
            chunk_shape: chunks,
            codecs,
            index_codecs: [
              codec("bytes", { endian: "little" }),
              ...(index.checksum ? [codec("crc32c", {})] : []),
            ],
            index_location: index.location,
          }),
        ]
      : codecs,
    dimension_names: axisNames,
    attributes,
  };
}

function codec(name: string, configuration: ZarrCodec["configuration"]): object {
  return Object.keys(configuration).length > 0 ? { name, configuration } : { name };
}

const json = (document: JsonObject): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
