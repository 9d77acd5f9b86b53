import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { type PixelArrays, type PixelType, pixelArray } from "../../../src/image/image.js";

/** A file of the decoding matrix, as decodingMatrix.py lists it. */
export interface MatrixFile {
  readonly file: string;
  /** NumPy's dtype, or `bits` and how many of them packed samples have. */
  readonly dtype: string;
  readonly pages: number;
  readonly width: number;
  readonly height: number;
  /** What its pages lie along: C where they are samples of one directory, Z in ImageJ's. */
  readonly axis: "T" | "C" | "Z";
  /** It has ImageJ's table of colours "Fire". */
  readonly lut?: true;
}

/** The files that are shipped, and their bytes. */
export function shippedMatrix(): (readonly [MatrixFile, Uint8Array<ArrayBuffer>])[] {
  const packed = readFileSync(new URL("decodingMatrix.br", import.meta.url));
  const whole = brotliDecompressSync(packed);
  const head = whole.readUInt32LE(0);
  // packMatrix.mjs wrote it.
  const list = JSON.parse(whole.toString("utf8", 4, 4 + head)) as (MatrixFile & { readonly bytes: number })[];
  let at = 4 + head;
  return list.map(({ bytes, ...file }) => {
    at += bytes;
    return [file, Uint8Array.from(whole.subarray(at - bytes, at))] as const;
  });
}

/** The files that decodingMatrix.py has just written. */
export function writtenMatrix(folder: string): (readonly [MatrixFile, Uint8Array<ArrayBuffer>])[] {
  // decodingMatrix.py wrote it.
  const list = JSON.parse(readFileSync(join(folder, "matrix.json"), "utf8")) as MatrixFile[];
  return list.map((file) => [file, Uint8Array.from(readFileSync(join(folder, file.file)))] as const);
}

const READ_AS: Readonly<Record<string, PixelType>> = {
  uint8: "uint8",
  int8: "int16",
  uint16: "uint16",
  int16: "int16",
};

/** The dtype that it is read as: integers of more than 16 bits are floats. */
export function readAs(dtype: string): PixelType {
  if (dtype.startsWith("bits")) return Number(dtype.slice(4)) <= 8 ? "uint8" : "uint16";
  return READ_AS[dtype] ?? "float32";
}

/** `picture` of decodingMatrix.py. */
export function expectedPixels({ dtype, width, height }: MatrixFile, page: number): PixelArrays[PixelType] {
  const pixels = pixelArray(readAs(dtype), width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const v = ((y + 5 * page) * 613 + x * 3517 + ((x * x) % 7)) % 65536;
      pixels[y * width + x] = pixelOf(dtype, v);
    }
  }
  return pixels;
}

function pixelOf(dtype: string, v: number): number {
  if (dtype.startsWith("bits")) return v % 2 ** Number(dtype.slice(4));
  const values: Readonly<Record<string, number>> = {
    ...{ uint8: v % 256, int8: (v % 256) - 128, uint16: v, int16: v - 32768 },
    ...{ uint32: v * 255, int32: v * 255 - 8000000, uint64: v * 255, int64: v * 255 - 8000000 },
    ...{ float16: (v % 2048) / 8 - 100, float32: v / 8 - 2000, float64: v / 8 - 2000 },
  };
  const value = values[dtype];
  if (value === undefined) throw new Error(`decoding matrix: unknown dtype ${dtype}`);
  return value;
}
