import { type FileHandle, open } from "node:fs/promises";
import { fileError } from "../../files/fileError.js";
import { type FileSpec, fileSpecText, parseFileSpec } from "../../files/fileSpec.js";
import type { Image, PixelType, Stack } from "../../image/image.js";
import { InputError } from "../../image/inputError.js";
import { type PageLayout, readLayout } from "./tiffLayout.js";
import type { TiffMetadata } from "./tiffMetadata.js";
import { readBytes } from "./tiffSource.js";

/** An open TIFF whose selected pages are known to be whole and alike. Pages are read one by one. */
export interface TiffFile {
  /** The path with the page range, for messages. */
  readonly name: string;
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** What `readPage` returns; float16 and float64 pages are converted to float32. */
  readonly dtype: PixelType;
  /** Number of selected pages. */
  readonly pageCount: number;
  readonly metadata: TiffMetadata;
  /** Page `index` of the selection. A NaN or an infinite pixel is an `InputError`. */
  readPage(index: number): Promise<Image>;
  close(): Promise<void>;
}

/**
 * Opens a TIFF or BigTIFF of one channel: uint8, uint16, int16, float32 (float16 and float64 become float32); no
 * compression, LZW, deflate, PackBits or zstd; strips or tiles; either byte order. Reduced-resolution copies and masks
 * among the pages are passed over. ImageJ stacks above 4 GB, which describe one page and store all planes behind one
 * another, are read whole. Pixels are those in the file whatever its lookup table displays: an inverting one (WhiteIsZero) and colours are
 * metadata.
 *
 * Everything that can be known without decoding is checked here: `InputError` for a missing file, a folder, another
 * format, a file that ends before its pages do, a range outside the pages, pages of different size or dtype, several
 * samples per pixel, other pixel types.
 */
export async function openTiff(spec: FileSpec | string): Promise<TiffFile> {
  const { path, range } = typeof spec === "string" ? parseFileSpec(spec) : spec;
  const name = fileSpecText({ path, ...(range && { range }) });
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    throw fileError("read", path, error);
  }
  try {
    const size = await checkSignature(handle, path);
    const damaged = (error: unknown): unknown =>
      error instanceof InputError || (error instanceof Error && "code" in error)
        ? fileError("read", path, error)
        : new InputError(
            `${path} is truncated or damaged: its TIFF structure cannot be read (${messageOf(error)})`,
            { cause: error },
          );
    let file: { pages: PageLayout[]; metadata: TiffMetadata };
    try {
      file = await readLayout(handle, path, size, range);
    } catch (error) {
      throw damaged(error);
    }
    const { pages, metadata } = file;
    const first = pages[0]!;
    const number = (index: number): number => (range?.first ?? 0) + index;
    return {
      name,
      path,
      width: first.width,
      height: first.height,
      dtype: first.dtype,
      pageCount: pages.length,
      metadata,
      readPage: async (index) => {
        const page = pages[index];
        if (!page) throw new Error(`readPage: ${name} has ${pages.length} pages, got index ${index}`);
        let image: Image;
        try {
          image = page.plane ? await readPlane(handle, page, page.plane) : await readRaster(page);
        } catch (error) {
          throw error instanceof Error && "code" in error
            ? fileError("read", path, error)
            : new InputError(
                `${path} is truncated or damaged: page ${number(index)} cannot be decoded (${messageOf(error)})`,
                { cause: error },
              );
        }
        checkFinite(image, path, number(index));
        return image;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** All selected pages of a file in memory. Errors as `openTiff` and `readPage`. */
export async function readStack(spec: FileSpec | string): Promise<Stack> {
  const file = await openTiff(spec);
  try {
    const pages: Image[] = [];
    for (let i = 0; i < file.pageCount; i++) pages.push(await file.readPage(i));
    return { name: file.name, width: file.width, height: file.height, dtype: file.dtype, pages };
  } finally {
    await file.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Checks that the file is a TIFF by its first four bytes; returns its size. */
async function checkSignature(handle: FileHandle, path: string): Promise<number> {
  const stat = await handle.stat();
  if (stat.isDirectory()) throw new InputError(`read ${path}: is a folder, expected a file`);
  if (stat.size === 0) throw new InputError(`${path} is empty (0 bytes), expected a TIFF file`);
  const [a = 0, b = 0, c = 0, d = 0] = new Uint8Array(await readBytes(handle, 0, 4));
  const little = a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0;
  const big = a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43);
  if (!little && !big) {
    const hex = [a, b, c, d].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new InputError(
      `${path} is not a TIFF file (it starts with the bytes ${hex}); expected .tif images`,
    );
  }
  return stat.size;
}

async function readRaster({ image, dtype, width, height }: PageLayout): Promise<Image> {
  // `subarray` leaves behind the width and height that geotiff hangs on its array.
  const data: unknown = await image.readRasters({ interleave: true });
  if (dtype === "uint8" && data instanceof Uint8Array) return { width, height, dtype, data: data.subarray() };
  if (dtype === "uint16" && data instanceof Uint16Array)
    return { width, height, dtype, data: data.subarray() };
  if (dtype === "int16" && data instanceof Int16Array) return { width, height, dtype, data: data.subarray() };
  if (dtype === "float32" && data instanceof Float32Array)
    return { width, height, dtype, data: data.subarray() };
  if (dtype === "float32" && data instanceof Float64Array) {
    return { width, height, dtype, data: Float32Array.from(data) };
  }
  throw new Error(`decoded pixels are not ${dtype}`);
}

/** A plane of an ImageJ stack: raw pixels in the file's byte order. */
async function readPlane(
  handle: FileHandle,
  { image, dtype, width, height }: PageLayout,
  plane: { readonly offset: number; readonly bytes: number },
): Promise<Image> {
  const buffer = await readBytes(handle, plane.offset, plane.bytes);
  const view = new DataView(buffer);
  const { littleEndian } = image;
  const pixels = width * height;
  const fill = <A extends { [index: number]: number }>(out: A, read: (i: number) => number): A => {
    for (let i = 0; i < pixels; i++) out[i] = read(i);
    return out;
  };
  switch (dtype) {
    case "uint8":
      return { width, height, dtype, data: new Uint8Array(buffer) };
    case "uint16":
      return {
        width,
        height,
        dtype,
        data: fill(new Uint16Array(pixels), (i) => view.getUint16(2 * i, littleEndian)),
      };
    case "int16":
      return {
        width,
        height,
        dtype,
        data: fill(new Int16Array(pixels), (i) => view.getInt16(2 * i, littleEndian)),
      };
    case "float32":
      return {
        width,
        height,
        dtype,
        data: fill(new Float32Array(pixels), (i) => view.getFloat32(4 * i, littleEndian)),
      };
    default:
      throw new Error(`readPlane: unknown dtype ${dtype satisfies never}`);
  }
}

function checkFinite(image: Image, path: string, index: number): void {
  if (image.dtype !== "float32") return;
  const { data, width } = image;
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i]!)) continue;
    throw new InputError(
      `${path}: page ${index} has a pixel that is ${data[i]} (x ${i % width}, y ${Math.floor(i / width)}), expected finite values`,
    );
  }
}
