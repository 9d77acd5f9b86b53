import { readFileSync } from "node:fs";
import { blobFiles, type FileStore } from "../../../src/formats/fileStore.js";

/** Images of 2 channels, 3 slices, 5 rows and 7 columns. */
export const FIXTURE_SHAPE = [2, 3, 5, 7] as const;

/** A Zarr by the paths of its files. */
export type ZarrFiles = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

export interface ZarrFixture {
  readonly dtype: string;
  readonly files: ZarrFiles;
}

/** What `tensorstoreFixtures.py` and `zarrPythonFixtures.py` have written, by name. */
export function readFixtures(
  file: "tensorstore" | "zarrPython" | { readonly path: string },
): Map<string, ZarrFixture> {
  const path = typeof file === "string" ? new URL(`${file}.json`, import.meta.url) : file.path;
  // Written by the script of that name.
  const written = JSON.parse(readFileSync(path, "utf8")) as Record<
    string,
    { readonly dtype: string; readonly files: Record<string, string> }
  >;
  return new Map(
    Object.entries(written).map(([name, { dtype, files }]) => [
      name,
      {
        dtype,
        files: Object.fromEntries(
          Object.entries(files).map(([key, text]) => [key, Uint8Array.from(Buffer.from(text, "base64"))]),
        ),
      },
    ]),
  );
}

/** The pixels that the scripts have written: a formula of the indices, and the fill value where a chunk is missing. */
export function fixturePixels(name: string, dtype: string): number[] {
  const [channels, slices, rows, columns] = FIXTURE_SHAPE;
  const offset = (dtype.startsWith("u") ? 0 : -40) + (dtype.startsWith("float") ? 0.25 : 0);
  const missing = name === "plain" || name === "sharded";
  const pixels: number[] = [];
  for (let c = 0; c < channels; c++) {
    for (let z = 0; z < slices; z++) {
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const isMissing = missing && c === 0 && z === 0 && y < 4 && x < 4;
          pixels.push(isMissing ? 9 : c * 60 + z * 20 + y * 7 + x * 3 + offset);
        }
      }
    }
  }
  return pixels;
}

/** The files as a browser has them that were dropped. */
export function storeOf(files: ZarrFiles, name = "a.ome.zarr"): FileStore {
  return blobFiles(new Map(Object.entries(files).map(([path, bytes]) => [path, new Blob([bytes])])), name);
}

/** The same files, with one of them changed, which is JSON of the type that the caller knows. */
export function withJson<T = Readonly<Record<string, unknown>>>(
  files: ZarrFiles,
  path: string,
  change: (document: T) => unknown,
): ZarrFiles {
  const document = JSON.parse(new TextDecoder().decode(files[path]!)) as T; // the caller knows
  return { ...files, [path]: new TextEncoder().encode(JSON.stringify(change(document))) };
}
