import GeoTIFF, { type GeoTIFFImage } from "geotiff";
import { type PageRange, resolvePageRange } from "../../image/fileSpec.js";
import { type PixelType, sizeText } from "../../image/image.js";
import { InputError } from "../../image/inputError.js";
import type { RandomAccess } from "../randomAccess.js";
import { geotiffSource } from "./geotiffSource.js";
import { imagejPageCount } from "./imagejDescription.js";
import { decodeImagejMetadata } from "./imagejMetadata.js";
import { keptTags, PageTagCollector, type PageTags } from "./keptTags.js";
import type { TiffMetadata, TiffStorage } from "./tiffMetadata.js";
import { textOf } from "./tiffTags.js";

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

/** Values of PhotometricInterpretation. */
const WHITE_IS_ZERO = 0;
const PALETTE = 3;

/** ImageJ's private tags. */
const IMAGEJ_COUNTS = 50838;
const IMAGEJ_METADATA = 50839;

/** What raw rows hold; float16 is left to geotiff. */
const STORED = {
  "1/8": "uint8",
  "1/16": "uint16",
  "2/16": "int16",
  "3/32": "float32",
  "3/64": "float64",
} as const;

/** Uncompressed rows behind one another, in strips: any of them can be read without the others. */
export interface RawRows {
  readonly stored: (typeof STORED)[keyof typeof STORED];
  readonly littleEndian: boolean;
  /** Byte offset of each strip. */
  readonly offsets: ArrayLike<number>;
  readonly rowsPerStrip: number;
}

/** How one page is stored. Without `rows`, geotiff decodes the strips or tiles of `image`. */
export interface PageLayout {
  readonly image: GeoTIFFImage;
  readonly dtype: PixelType;
  readonly width: number;
  readonly height: number;
  readonly rows?: RawRows;
  /** The size of what is best read at once. */
  readonly chunk: { readonly width: number; readonly height: number };
}

/** The selected pages, at least one, and what the first page of the file says of all. */
export interface TiffLayout {
  readonly pages: readonly PageLayout[];
  /** How many pages the file has. */
  readonly pageCount: number;
  readonly metadata: TiffMetadata;
}

/** Bytes of pixels, about, that are worth a read of their own. */
const CHUNK_BYTES = 2 ** 18;

/**
 * Where the selected pages of a file are, all checked to be whole, readable and alike; see `openTiff`.
 * What geotiff cannot parse leaves as geotiff's error.
 */
export async function readLayout(
  bytes: RandomAccess,
  path: string,
  range: PageRange | undefined,
): Promise<TiffLayout> {
  const size = bytes.byteLength;
  const { images, tags } = await readDirectories(bytes, path);
  const firstImage = images[0];
  if (!firstImage) throw new InputError(`${path} holds no images`);
  const metadata = await readMetadata(firstImage, tags);

  const planes = imagejPageCount(metadata.description) ?? 1;
  // ImageJ itself writes integers and float32 only; float16 and float64 planes are some other program's affair.
  const plain = compressionOf(firstImage) === 1 && !["3/16", "3/64"].includes(formatOf(firstImage));
  const contiguous = images.length === 1 && planes > 1 && plain;
  const pageCount = contiguous ? planes : images.length;
  const { first, last } = resolvePageRange({ path, ...(range && { range }) }, pageCount);

  const pages: PageLayout[] = [];
  for (let index = first; index <= last; index++) {
    const image = images[contiguous ? 0 : index]!;
    const dtype = pixelTypeOf(image, path, index);
    const [width, height] = [image.getWidth(), image.getHeight()];
    if (!(width > 0 && height > 0)) throw new InputError(`${path}: page ${index} has no pixels`);
    let rows: RawRows | undefined;
    if (contiguous) {
      const pageBytes = width * height * (image.getBitsPerSample() / 8);
      const strip = Number(await image.fileDirectory.loadValueIndexed("StripOffsets", 0));
      const offset = strip + index * pageBytes;
      checkExtent(path, index, offset + pageBytes, size);
      rows = rawRows(image, [offset], height);
    } else {
      const offsets = await checkBlocks(image, path, index, size);
      if (!image.isTiled && compressionOf(image) === 1 && (await predictorOf(image)) === 1) {
        rows = rawRows(image, offsets, image.getTileHeight());
      }
    }
    const page = { image, dtype, width, height, ...(rows && { rows }), chunk: chunkOf(image, rows) };
    pages.push(page);
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
  return { pages, pageCount, metadata };
}

/** The chain of page directories, without reduced-resolution copies (bit 0 of NewSubfileType) and masks (bit 2). */
async function readDirectories(
  bytes: RandomAccess,
  path: string,
): Promise<{ readonly images: GeoTIFFImage[]; readonly tags: PageTags }> {
  const size = bytes.byteLength;
  const tiff = await GeoTIFF.fromSource(geotiffSource(bytes));
  const images: GeoTIFFImage[] = [];
  const tags = new PageTagCollector();
  const { littleEndian, bigTiff: big } = tiff;
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
    if (typeof kind !== "number" || (kind & 5) === 0) {
      images.push(image);
      tags.add(await keptTags(bytes, offset, { littleEndian, big }));
    }
    offset = image.fileDirectory.nextIFDByteOffset;
  }
  return { images, tags: tags.collected() };
}

function compressionOf(image: GeoTIFFImage): number {
  const value: unknown = image.fileDirectory.getValue("Compression");
  return typeof value === "number" ? value : 1;
}

async function predictorOf(image: GeoTIFFImage): Promise<number> {
  const value: unknown = await image.fileDirectory.loadValue("Predictor");
  return typeof value === "number" ? value : 1;
}

/** `sample format/bits`, the key of `FORMATS`. */
function formatOf(image: GeoTIFFImage): string {
  return `${image.getSampleFormat()}/${image.getBitsPerSample()}`;
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
  const dtype = FORMATS[formatOf(image)];
  if (!dtype) {
    const format = image.getSampleFormat();
    const bits = image.getBitsPerSample();
    const kind = { 1: "unsigned integer", 2: "signed integer", 3: "float" }[format] ?? `format ${format}`;
    throw new InputError(
      `${path}: page ${index} has ${bits}-bit ${kind} pixels, expected uint8, uint16, int16 or float32; convert it first`,
    );
  }
  return dtype;
}

/** Undefined for samples that raw rows do not know. */
function rawRows(image: GeoTIFFImage, offsets: ArrayLike<number>, rowsPerStrip: number): RawRows | undefined {
  const format = formatOf(image);
  if (!isStored(format)) return undefined;
  return { stored: STORED[format], littleEndian: image.littleEndian, offsets, rowsPerStrip };
}

function isStored(format: string): format is keyof typeof STORED {
  return format in STORED;
}

/** A tile; of strips and of raw rows so many that they are worth a read. */
function chunkOf(image: GeoTIFFImage, rows: RawRows | undefined): PageLayout["chunk"] {
  const [width, height] = [image.getWidth(), image.getHeight()];
  if (image.isTiled) {
    return { width: Math.min(width, image.getTileWidth()), height: Math.min(height, image.getTileHeight()) };
  }
  const step = rows ? 1 : image.getTileHeight();
  const rowBytes = width * (image.getBitsPerSample() / 8);
  const steps = Math.max(1, Math.round(CHUNK_BYTES / (rowBytes * step)));
  return { width, height: Math.min(height, steps * step) };
}

/** Every strip or tile must lie inside the file: geotiff reads missing ones as zeros. Returns their byte offsets. */
async function checkBlocks(
  image: GeoTIFFImage,
  path: string,
  index: number,
  size: number,
): Promise<ArrayLike<number>> {
  const { fileDirectory } = image;
  const kind = image.isTiled ? "Tile" : "Strip";
  const offsets: unknown = await fileDirectory.loadValue(`${kind}Offsets`);
  const counts: unknown = await fileDirectory.loadValue(`${kind}ByteCounts`);
  const rows = Math.ceil(image.getHeight() / image.getTileHeight());
  const columns = Math.ceil(image.getWidth() / image.getTileWidth());
  const blocks = rows * columns;
  if (!isNumberList(offsets) || !isNumberList(counts) || offsets.length < blocks || counts.length < blocks) {
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
  return offsets;
}

function isNumberList(value: unknown): value is ArrayLike<number> {
  return typeof value === "object" && value !== null && "length" in value;
}

function checkExtent(path: string, index: number, end: number, size: number): void {
  if (!(end <= size)) {
    throw new InputError(
      `${path} is truncated: page ${index} ends at byte ${end}, the file has ${size} bytes`,
    );
  }
}

async function readMetadata(image: GeoTIFFImage, tags: PageTags): Promise<TiffMetadata> {
  const directory = image.fileDirectory;
  const photometric: unknown = directory.getValue("PhotometricInterpretation");
  const colorMap: unknown = photometric === PALETTE ? await directory.loadValue("ColorMap") : undefined;
  const counts: unknown = await directory.loadValue(IMAGEJ_COUNTS);
  const bytes: unknown = await directory.loadValue(IMAGEJ_METADATA);
  const imagej =
    bytes instanceof Uint8Array && isNumberList(counts)
      ? decodeImagejMetadata(counts, bytes, image.littleEndian)
      : [];
  const { description, ofFile, ofPages } = tags;
  const text = description && textOf(description);
  return {
    ...(photometric === WHITE_IS_ZERO && { whiteIsZero: true }),
    ...(colorMap instanceof Uint16Array && { colorMap }),
    ...(imagej.length > 0 && { imagej }),
    ...(text && { description: text.text, ...(text.latin1 && { latin1: true }) }),
    ofFile,
    ofPages,
    storage: storageOf(image),
  };
}

/** How a result is stored the same way: compressed by what is written, in tiles of a size that TIFF allows. */
function storageOf(image: GeoTIFFImage): TiffStorage {
  const [width, height] = [image.getTileWidth(), image.getTileHeight()];
  return {
    compression: compressionOf(image) === 1 ? "none" : "deflate",
    ...(image.isTiled && width % 16 === 0 && height % 16 === 0 && { tile: { width, height } }),
  };
}
