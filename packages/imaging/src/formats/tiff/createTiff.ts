import type { Image, PixelArrays, PixelType } from "../../image/image.js";
import { pageSizeOf } from "../../image/source.js";
import type { ImageHeader, ImageWriter } from "../format.js";
import type { Sink } from "../sink.js";
import { align, DATA_START, encodeDirectories, encodeHeader, pageTags } from "./tiffDirectories.js";
import { tiffMetadataOf } from "./tiffMetadata.js";

export interface CreateTiffOptions {
  /** 64-bit offsets. Default: only where the file exceeds 4 GiB. */
  readonly bigTiff?: boolean;
}

const CLASSIC_LIMIT = 2 ** 32;

/**
 * Starts a single-channel little-endian TIFF (BigTIFF above 4 GiB), one strip per page. Pixels come first, without gaps
 * when uncompressed, and the directories last, so that ImageJ's reading of `images=N` as contiguous planes holds too.
 * Integers are deflated with horizontal differencing (predictor 2).
 */
export async function createTiff(
  sink: Sink,
  header: ImageHeader,
  { bigTiff }: CreateTiffOptions = {},
): Promise<ImageWriter> {
  const { dtype, compression = "none" } = header;
  const size = pageSizeOf(header);
  const metadata = tiffMetadataOf(header);
  const strips: { offset: number; bytes: number }[] = [];
  let position = DATA_START;
  return {
    writePage: async (page) => {
      const bytes = compression === "deflate" ? await deflate(predicted(page)) : bytesOf(page.data);
      await sink.write(bytes, position);
      strips.push({ offset: position, bytes: bytes.length });
      position += bytes.length;
    },
    close: async () => {
      const directoriesOf = (big: boolean): Uint8Array =>
        encodeDirectories(
          strips.map((strip, i) => pageTags({ ...size, dtype }, strip, compression, metadata, i === 0, big)),
          align(position),
          big,
        );
      let big = bigTiff ?? position >= CLASSIC_LIMIT;
      let directories = directoriesOf(big);
      if (!big && align(position) + directories.length >= CLASSIC_LIMIT) {
        big = true;
        directories = directoriesOf(big);
      }
      await sink.write(directories, align(position));
      await sink.write(encodeHeader(align(position), big), 0);
      await sink.commit();
    },
    abort: () => sink.abort(),
  };
}

/** zlib's format, in every browser and in Node. */
async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The pixels as little-endian bytes: every platform that runs JavaScript engines of today stores numbers so. */
function bytesOf({ buffer, byteOffset, byteLength }: PixelArrays[PixelType]): Uint8Array<ArrayBuffer> {
  // Pages are not shared between threads.
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** Differences along rows for integers (modulo 2^bits, as the predictor is defined); floats as they are. */
function predicted({ dtype, width, height, data }: Image): Uint8Array<ArrayBuffer> {
  if (dtype === "float32") return bytesOf(data);
  const differences = data.slice();
  for (let y = 0; y < height; y++) {
    for (let i = y * width + 1; i < (y + 1) * width; i++) differences[i] = data[i]! - data[i - 1]!;
  }
  return bytesOf(differences);
}
