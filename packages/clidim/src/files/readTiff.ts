import { type FileHandle, open } from "node:fs/promises";
import GeoTIFF, { type GeoTIFFImage } from "geotiff";
import { type Image, type PixelType, type Stack, sizeText } from "../image/image.js";
import { InputError } from "../image/inputError.js";
import { fileError } from "./fileError.js";
import { type FileSpec, fileSpecText, parseFileSpec } from "./fileSpec.js";
import { imagejPageCount, type TiffMetadata } from "./tiffMetadata.js";

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

const COMPRESSIONS: Readonly<Record<number, string>> = {
  1: "none",
  5: "LZW",
  8: "deflate",
  32946: "deflate",
  32773: "PackBits",
  50000: "zstd",
};

const FORMATS: Readonly<Record<string, PixelType>> = {
  "1/8": "uint8",
  "1/16": "uint16",
  "2/16": "int16",
  "3/16": "float32",
  "3/32": "float32",
  "3/64": "float32",
};

/** geotiff's view of a file; reads past the end give fewer bytes (its own file source pads them with zeros). */
function fileSource(handle: FileHandle): Parameters<typeof GeoTIFF.fromSource>[0] {
  const fetchSlice = async ({ offset, length }: { offset: number; length: number }) => {
    const data = await readBytes(handle, offset, length);
    return { offset, length, data };
  };
  return {
    fileSize: null,
    fetchSlice,
    fetch: async (slices) => Promise.all(slices.map(async (slice) => (await fetchSlice(slice)).data)),
    close: async () => {},
  };
}

async function readBytes(handle: FileHandle, offset: number, length: number): Promise<ArrayBuffer> {
  const buffer = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.buffer.slice(0, done);
}

/** How one page is stored. `plane` is set for the pages of an ImageJ stack that have no directory of their own. */
interface PageLayout {
  readonly image: GeoTIFFImage;
  readonly dtype: PixelType;
  readonly width: number;
  readonly height: number;
  readonly plane?: { readonly offset: number; readonly bytes: number };
}

/**
 * Opens a TIFF or BigTIFF of one channel: uint8, uint16, int16, float32 (float16 and float64 become float32); no
 * compression, LZW, deflate, PackBits or zstd; strips or tiles; either byte order. Reduced-resolution copies and masks
 * among the pages are passed over. ImageJ stacks above 4 GB, which describe one page and store all planes behind one
 * another, are read whole.
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
            {
              cause: error,
            },
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

async function readLayout(
  handle: FileHandle,
  path: string,
  size: number,
  range: FileSpec["range"],
): Promise<{ pages: PageLayout[]; metadata: TiffMetadata }> {
  const images = await readDirectories(handle, path, size);
  const firstImage = images[0];
  if (!firstImage) throw new InputError(`${path} holds no images`);
  const metadata = await readMetadata(firstImage);

  const planes = imagejPageCount(metadata.description) ?? 1;
  const contiguous = images.length === 1 && planes > 1 && compressionOf(firstImage) === 1;
  const pageCount = contiguous ? planes : images.length;
  const { first, last } = range ?? { first: 0, last: pageCount - 1 };
  if (last >= pageCount) {
    const there = pageCount === 1 ? "1 page (page 0)" : `${pageCount} pages (0-${pageCount - 1})`;
    throw new InputError(`${fileSpecText({ path, range: { first, last } })}: the file has ${there}`);
  }

  const pages: PageLayout[] = [];
  for (let index = first; index <= last; index++) {
    const image = images[contiguous ? 0 : index]!;
    const page = {
      image,
      dtype: pixelTypeOf(image, path, index),
      width: image.getWidth(),
      height: image.getHeight(),
    };
    if (!(page.width > 0 && page.height > 0)) throw new InputError(`${path}: page ${index} has no pixels`);
    if (contiguous) {
      const bytes = page.width * page.height * (image.getBitsPerSample() / 8);
      const offset = Number(await image.fileDirectory.loadValueIndexed("StripOffsets", 0)) + index * bytes;
      checkExtent(path, index, offset + bytes, size);
      pages.push({ ...page, plane: { offset, bytes } });
    } else {
      await checkBlocks(image, path, index, size);
      pages.push(page);
    }
    const start = pages[0]!;
    if (page.width !== start.width || page.height !== start.height) {
      throw new InputError(
        `${path}: expected pages of one size, but page ${first} is ${sizeText(start)} and page ${index} is ${sizeText(page)} pixels; ` +
          `select pages of one size with ${path}#first-last`,
      );
    }
    if (page.dtype !== start.dtype) {
      throw new InputError(
        `${path}: expected pages of one type, but page ${first} is ${start.dtype} and page ${index} is ${page.dtype}`,
      );
    }
  }
  return { pages, metadata };
}

/** The chain of page directories, without reduced-resolution copies (bit 0 of NewSubfileType) and masks (bit 2). */
async function readDirectories(handle: FileHandle, path: string, size: number): Promise<GeoTIFFImage[]> {
  const tiff = await GeoTIFF.fromSource(fileSource(handle));
  const images: GeoTIFFImage[] = [];
  const seen = new Set<number>();
  let offset = tiff.firstIFDOffset;
  for (let index = 0; offset !== 0; index++) {
    if (offset >= size) {
      throw new InputError(
        `${path} is truncated: the directory of page ${index} is at byte ${offset}, the file has ${size} bytes`,
      );
    }
    if (seen.has(offset)) throw new InputError(`${path} is damaged: its page directories form a circle`);
    seen.add(offset);
    const image = await tiff.getImage(index);
    const kind: unknown = image.fileDirectory.getValue("NewSubfileType");
    if (typeof kind !== "number" || (kind & 5) === 0) images.push(image);
    offset = image.fileDirectory.nextIFDByteOffset;
  }
  return images;
}

function compressionOf(image: GeoTIFFImage): number {
  const value: unknown = image.fileDirectory.getValue("Compression");
  return typeof value === "number" ? value : 1;
}

function pixelTypeOf(image: GeoTIFFImage, path: string, index: number): PixelType {
  const samples = image.getSamplesPerPixel();
  if (samples !== 1) {
    throw new InputError(
      `${path}: page ${index} has ${samples} samples per pixel (colour or channels in one page), expected 1; ` +
        "split the channels into pages or files first",
    );
  }
  const compression = compressionOf(image);
  if (!(compression in COMPRESSIONS)) {
    throw new InputError(
      `${path}: page ${index} uses TIFF compression ${compression}, expected ${[...new Set(Object.values(COMPRESSIONS))].join(", ")}`,
    );
  }
  const format = image.getSampleFormat();
  const bits = image.getBitsPerSample();
  const dtype = FORMATS[`${format}/${bits}`];
  if (!dtype) {
    const kind = { 1: "unsigned integer", 2: "signed integer", 3: "float" }[format] ?? `format ${format}`;
    throw new InputError(
      `${path}: page ${index} has ${bits}-bit ${kind} pixels, expected uint8, uint16, int16 or float32; convert it first`,
    );
  }
  return dtype;
}

/** Every strip or tile must lie inside the file: geotiff reads missing ones as zeros. */
async function checkBlocks(image: GeoTIFFImage, path: string, index: number, size: number): Promise<void> {
  const { fileDirectory } = image;
  const kind = image.isTiled ? "Tile" : "Strip";
  const offsets: unknown = await fileDirectory.loadValue(`${kind}Offsets`);
  const counts: unknown = await fileDirectory.loadValue(`${kind}ByteCounts`);
  const rows = Math.ceil(image.getHeight() / image.getTileHeight());
  const columns = Math.ceil(image.getWidth() / image.getTileWidth());
  const blocks = rows * columns;
  const isList = (list: unknown): list is ArrayLike<number> =>
    typeof list === "object" && list !== null && "length" in list;
  if (!isList(offsets) || !isList(counts) || offsets.length < blocks || counts.length < blocks) {
    throw new InputError(
      `${path} is damaged: page ${index} does not say where its ${blocks} blocks of pixels are`,
    );
  }
  const raw = compressionOf(image) === 1;
  const bytesPerPixel = image.getBitsPerSample() / 8;
  for (let block = 0; block < blocks; block++) {
    const needed = raw
      ? image.getBlockWidth() * image.getBlockHeight(Math.floor(block / columns)) * bytesPerPixel
      : 1;
    if (counts[block]! < needed) {
      throw new InputError(
        `${path} is damaged: block ${block} of page ${index} has ${counts[block]} bytes, expected at least ${needed}`,
      );
    }
    checkExtent(path, index, offsets[block]! + counts[block]!, size);
  }
}

function checkExtent(path: string, index: number, end: number, size: number): void {
  if (!(end <= size)) {
    throw new InputError(
      `${path} is truncated: page ${index} ends at byte ${end}, the file has ${size} bytes`,
    );
  }
}

async function readMetadata(image: GeoTIFFImage): Promise<TiffMetadata> {
  const directory = image.fileDirectory;
  const description: unknown = await directory.loadValue("ImageDescription");
  const unit: unknown = await directory.loadValue("ResolutionUnit");
  const rational = async (
    tag: "XResolution" | "YResolution",
  ): Promise<readonly [number, number] | undefined> => {
    const value: unknown = await directory.loadValue(tag);
    if (!(value instanceof Uint32Array) || value.length < 2) return undefined;
    return [value[0]!, value[1]!];
  };
  const xResolution = await rational("XResolution");
  const yResolution = await rational("YResolution");
  return {
    ...(typeof description === "string" &&
      description !== "" && { description: description.replace(/\0+$/, "") }),
    ...(xResolution && { xResolution }),
    ...(yResolution && { yResolution }),
    ...(typeof unit === "number" && { resolutionUnit: unit }),
  };
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
