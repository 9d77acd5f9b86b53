import { type Image, type PixelArrays, type PixelType, pixelArray } from "../../image/image.js";
import { pageSizeOf } from "../../image/source.js";
import { compressed } from "../compressed.js";
import type { FormatWriter, ImageHeader } from "../format.js";
import type { Sink } from "../sink.js";
import { type PageFormat, predictorOf, tagsOfPage, type WrittenBlock } from "./pageTags.js";
import { align, DATA_START, directoryBytes, encodeDirectory, encodeHeader } from "./tiffDirectories.js";
import { tiffMetadataOf } from "./tiffWritten.js";

export interface CreateTiffOptions {
  /** 64-bit offsets. Default: only where the file exceeds 4 GiB. */
  readonly bigTiff?: boolean;
}

const CLASSIC_LIMIT = 2 ** 32;

/** A strip of compressed pixels has so many bytes before, about, so that of a window only those are inflated that it touches. */
const STRIP_BYTES = 2 ** 18;

/** Directories are put together so many bytes at a time. */
const WRITE_BYTES = 2 ** 20;

/**
 * Starts a little-endian TIFF (BigTIFF above 4 GiB), each page a directory, or several that are the samples of its pixels: in tiles where the image comes from tiles, else in strips, of which a page that is not
 * compressed has one; compressed where the image was. Pixels come first, without gaps when uncompressed, and the directories last, so that ImageJ's reading of `images=N` as contiguous planes holds too.
 * What is deflated in tiles is predicted, integers with predictor 2 and floats with 3.
 */
export async function createTiff(
  sink: Sink,
  header: ImageHeader,
  { bigTiff }: CreateTiffOptions = {},
): Promise<FormatWriter> {
  const metadata = tiffMetadataOf(header);
  const compression = header.compression ?? metadata.storage?.compression ?? "none";
  const { width, height } = pageSizeOf(header);
  const { dtype } = header;
  const samples = metadata.storage?.together?.count ?? 1;
  const rowBytes = width * samples * pixelArray(dtype, 0).BYTES_PER_ELEMENT;
  const format: PageFormat = {
    width,
    height,
    dtype,
    storage: { ...metadata.storage, compression },
    rowsPerStrip:
      compression === "none" ? height : Math.min(height, Math.max(1, Math.round(STRIP_BYTES / rowBytes))),
  };
  const { tile } = format.storage;
  const cut = asSamples(format, samples);
  const pages: WrittenBlock[][] = [];
  let position = DATA_START;
  /** Rows that are written of the page at hand. */
  let top = 0;
  const write = async (rows: Image): Promise<void> => {
    if (top === 0) pages.push([]);
    const blocks = pages.at(-1)!;
    for (const block of blocksOf(rows, cut)) {
      const bytes =
        compression === "deflate"
          ? await compressed(predicted(block, format, samples), "deflate")
          : bytesOf(block.data);
      await sink.write(bytes, position);
      // Rows that are not compressed go on with the strip of those before.
      const strip = tile || compression !== "none" ? undefined : blocks.pop();
      blocks.push({ offset: strip?.offset ?? position, bytes: (strip?.bytes ?? 0) + bytes.length });
      position += bytes.length;
    }
    top += rows.height;
    if (top === format.height) top = 0;
  };
  const together = samples > 1 ? pixelByPixel(format, samples, write) : undefined;
  return {
    writePage: together ?? write,
    ...(!together && {
      bands: { rows: tile?.height ?? (compression === "none" ? 1 : format.rowsPerStrip), write },
    }),
    close: async () => {
      const tagsOf = (page: number, big: boolean) => tagsOfPage(page, format, pages[page]!, metadata, big);
      const start = align(position);
      const end = pages.reduce((sum, _, page) => sum + directoryBytes(tagsOf(page, false), false), start);
      const big = bigTiff ?? end >= CLASSIC_LIMIT;
      let at = start;
      let waiting: Uint8Array[] = [];
      const flush = async (): Promise<void> => {
        const bytes = joined(waiting);
        await sink.write(bytes, at);
        at += bytes.length;
        waiting = [];
      };
      let waitingBytes = 0;
      for (let page = 0; page < pages.length; page++) {
        const last = page === pages.length - 1;
        const directory = encodeDirectory(tagsOf(page, big), at + waitingBytes, big, last);
        waiting.push(directory);
        waitingBytes += directory.length;
        if (!last && waitingBytes < WRITE_BYTES) continue;
        await flush();
        waitingBytes = 0;
      }
      await sink.write(encodeHeader(start, big), 0);
      await sink.commit();
    },
    abort: () => sink.abort(),
  };
}

/** What is cut into blocks: all samples of a row side by side. */
function asSamples(format: PageFormat, samples: number): PageFormat {
  const { tile } = format.storage;
  return {
    ...format,
    width: format.width * samples,
    storage: { ...format.storage, ...(tile && { tile: { ...tile, width: tile.width * samples } }) },
  };
}

/** Writes pages whose samples are stored together, once all of them have come. */
function pixelByPixel(
  { width, height, dtype }: PageFormat,
  samples: number,
  write: (rows: Image) => Promise<void>,
): (page: Image) => Promise<void> {
  let gathered: PixelArrays[PixelType] | undefined;
  let sample = 0;
  return async ({ data }) => {
    gathered ??= pixelArray(dtype, width * height * samples);
    for (let i = 0; i < data.length; i++) gathered[i * samples + sample] = data[i]!;
    sample = (sample + 1) % samples;
    // As in `tileOf`.
    if (sample === 0) await write({ width: width * samples, height, dtype, data: gathered } as Image);
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Rows of a page as strips, or their tiles, row by row of them; those at the right and at the bottom are filled up with zeros. */
function* blocksOf(rows: Image, { rowsPerStrip, storage: { tile } }: PageFormat): Generator<Image> {
  const step = tile ?? { width: rows.width, height: rowsPerStrip };
  for (let top = 0; top < rows.height; top += step.height) {
    for (let left = 0; left < rows.width; left += step.width) {
      yield tile ? tileOf(rows, left, top, tile) : stripOf(rows, top, rowsPerStrip);
    }
  }
}

function stripOf({ width, height, dtype, data }: Image, top: number, rows: number): Image {
  const bottom = Math.min(height, top + rows);
  // As in `tileOf`.
  return { width, height: bottom - top, dtype, data: data.subarray(top * width, bottom * width) } as Image;
}

function tileOf(
  { width, height, dtype, data }: Image,
  left: number,
  top: number,
  tile: { readonly width: number; readonly height: number },
): Image {
  const out = pixelArray(dtype, tile.width * tile.height);
  const right = Math.min(width, left + tile.width);
  for (let y = top; y < Math.min(height, top + tile.height); y++) {
    out.set(data.subarray(y * width + left, y * width + right), (y - top) * tile.width);
  }
  // `out` is an array of the page's dtype, which the type of a pair of variables no longer says.
  return { ...tile, dtype, data: out } as Image;
}

/** The pixels as little-endian bytes: every platform that runs JavaScript engines of today stores numbers so. */
function bytesOf({ buffer, byteOffset, byteLength }: PixelArrays[PixelType]): Uint8Array<ArrayBuffer> {
  // Pages are not shared between threads.
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

function predicted(image: Image, format: PageFormat, samples: number): Uint8Array<ArrayBuffer> {
  const predictor = predictorOf(format);
  switch (predictor) {
    case 1:
      return bytesOf(image.data);
    case 2:
      return differences(image, samples);
    case 3:
      return floatDifferences(image, samples);
    default:
      throw new Error(`createTiff: unknown predictor ${predictor satisfies never}`);
  }
}

/** Differences from the same sample of the pixel before along rows (modulo 2^bits). */
function differences({ width, height, data }: Image, samples: number): Uint8Array<ArrayBuffer> {
  const out = data.slice();
  for (let y = 0; y < height; y++) {
    for (let i = y * width + samples; i < (y + 1) * width; i++) out[i] = data[i]! - data[i - samples]!;
  }
  return bytesOf(out);
}

/** Of each row the bytes of its floats, the highest of all first, then the next ones, and the differences along these (TIFF Technical Note 3). */
function floatDifferences({ width, height, data }: Image, samples: number): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(data);
  const out = new Uint8Array(bytes.length);
  const rowBytes = 4 * width;
  for (let y = 0; y < height; y++) {
    const row = y * rowBytes;
    for (let x = 0; x < width; x++) {
      for (let k = 0; k < 4; k++) out[row + k * width + x] = bytes[row + 4 * x + 3 - k]!;
    }
    for (let i = row + rowBytes - 1; i >= row + samples; i--) out[i] = out[i]! - out[i - samples]!;
  }
  return out;
}
