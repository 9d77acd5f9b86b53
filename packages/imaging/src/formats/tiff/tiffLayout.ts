import { fileSpecText, type PageRange, resolvePageRange } from "../../image/fileSpec.js";
import { type PixelType, sizeText } from "../../image/image.js";
import { InputError } from "../../image/inputError.js";
import type { PlaneAxes } from "../../image/planeSelection.js";
import type { Axis } from "../../image/source.js";
import type { RandomAccess } from "../randomAccess.js";
import { type BlockPlaces, type Blocks, type BlockTable, findBlocks, readBlockTable } from "./blockTable.js";
import { keptTags, PageTagCollector, type PageTags, SharedValues } from "./keptTags.js";
import { MICROSCOPE_TAGS, readMicroscopeTags } from "./microscopeTags.js";
import { isOme } from "./omeDocument.js";
import {
  channelsOf,
  describePage,
  type PageDescription,
  type PixelSamples,
  pageSize,
  pixelSamplesOf,
} from "./pageDescription.js";
import { directoriesOf, type TiffDirectory } from "./readDirectory.js";
import { readTiffMetadata } from "./readTiffMetadata.js";
import { isPacked } from "./sampleCoding.js";
import { firstPlaneOf, mayBeStacked, metamorphAxis, planeBlock, stackedPlanes } from "./stackedPlanes.js";
import type { StackedAxes } from "./tiffAxes.js";
import type { TiffMetadata } from "./tiffMetadata.js";

/** How one page is stored: one sample of the pixels that a directory describes. */
export interface PageLayout extends PageDescription {
  /** What messages call the file, and the page of it that this is. */
  readonly file: string;
  readonly page: number;
  readonly dtype: PixelType;
  /** Which of the samples in a block is the page's. */
  readonly sample: number;
  /** Uncompressed rows behind one another, in strips: any of them can be read without the others. */
  readonly raw: boolean;
  /** Where its strips or tiles are. */
  blocks(): Promise<Blocks>;
  /** The size of what is best read at once. */
  readonly chunk: { readonly width: number; readonly height: number };
}

/** The selected pages, at least one, and what the first page of the file says of all. */
export interface TiffLayout {
  readonly pages: readonly PageLayout[];
  /** How many pages the file has. */
  readonly pageCount: number;
  /** How pages lie where no description says it; of samples together, how their pixels do. */
  readonly undescribed: StackedAxes;
  /** Where the pages are samples that are stored together. */
  readonly together?: PixelSamples;
  readonly metadata: TiffMetadata;
}

/** Bytes of pixels, about, that are worth a read of their own. */
const CHUNK_BYTES = 2 ** 18;

/** Pages that a file may have whatever its size: the channels of one directory. Each of the others takes bytes, of a directory or of pixels, mostly far more than 16. */
const MOST_SAMPLES_OF_ONE = 65535;

/** Tables of so many blocks stay in memory; longer ones are read again. */
const KEPT_BLOCKS = 64;

/** A page before it is looked at: a sample of the pixels of a directory. */
interface PagePlace {
  readonly directory: TiffDirectory;
  readonly sample: number;
}

/** Where the selected pages of a file are, all checked to be whole, readable and alike; see `openTiff`. */
export async function readLayout(
  bytes: RandomAccess,
  path: string,
  range: PageRange | undefined,
): Promise<TiffLayout> {
  const { directories, places, channels, together, tags } = await readPages(bytes, path, range);
  const [first] = directories;
  if (!first) throw new InputError(`${path} holds no images`);
  const isLsm = first.entry(MICROSCOPE_TAGS.lsm) !== undefined;
  if (bytes.byteLength >= 2 ** 32 && isLsm) {
    throw new InputError(
      `${path} is a file of the Zeiss LSM of more than 4 GiB, which says of planes past that only the remainder of their places; convert it to OME-TIFF first, as with Bio-Formats`,
    );
  }
  const microscope = await readMicroscopeTags(first);
  const metadata = await readTiffMetadata(first, tags, together, microscope);
  if (channels !== 1 && metadata.description !== undefined && isOme(metadata.description)) {
    throw new InputError(
      `${path} is an OME-TIFF with several samples per pixel, which is not read; split the channels into pages first`,
    );
  }
  const stack = await stackOf(directories, metadata.description, bytes, path, together);
  const pageCount = stack ? stack.count : places.length;
  const { first: from, last } = resolvePageRange({ path, ...(range && { range }) }, pageCount);
  const pages: PageLayout[] = [];
  const recent: Recent = {};
  // The last one first: pages that are not there are not listed one by one.
  stack?.plane(last);
  for (let index = from; index <= last; index++) {
    const page = stack
      ? stack.plane(index)
      : await layoutOf(
          places[index]!,
          { file: path, page: index, fileBytes: bytes.byteLength, countsDecoded: isLsm },
          recent,
        );
    checkAlike(page, index, pages[0] ?? page, from, path);
    pages.push(page);
  }
  delete recent.directory; // which the pages would keep
  const undescribed = stack
    ? {
        ...{ axes: [stack.axis], shape: [stack.count / (together?.count ?? 1)] },
        ...(!stack.named && { plainStack: true as const }),
      }
    : inOrder(pageCount / channels, together ? 1 : channels, microscope.planes);
  return { pages, pageCount, undescribed, ...(together && { together }), metadata };
}

/** Directories of pages, and the pages that they stand for. */
interface FilePages {
  readonly directories: readonly TiffDirectory[];
  readonly places: readonly PagePlace[];
  /** How many pages each directory stands for; 1 where these are different numbers. */
  readonly channels: number;
  /** Where these are samples that are stored together, in all of them alike. */
  readonly together?: PixelSamples;
  readonly tags: PageTags;
}

/** The pages of a file, or those up to where it is damaged if no others are wanted. */
async function readPages(
  bytes: RandomAccess,
  path: string,
  range: PageRange | undefined,
): Promise<FilePages> {
  const collector = new PageTagCollector();
  const directories: TiffDirectory[] = [];
  const places: PagePlace[] = [];
  const values = new SharedValues(bytes.byteLength);
  const most = MOST_SAMPLES_OF_ONE + Math.floor(bytes.byteLength / 16);
  let channels: number | undefined;
  let together: PixelSamples | undefined;
  try {
    for await (const directory of directoriesOf(bytes, path)) {
      if (!(await isPage(directory))) continue;
      const samples = await channelsOf(directory);
      const tags = await keptTags(directory, values);
      const stored = await pixelSamplesOf(directory);
      together = directories.length === 0 || sameSamples(stored, together) ? stored : undefined;
      channels = samples === (channels ?? samples) ? samples : 1;
      if (places.length + samples > most) {
        throw directory.damaged(`makes more than ${most} pages of the file's ${bytes.byteLength} bytes`);
      }
      directories.push(directory);
      for (let sample = 0; sample < samples; sample++) {
        places.push({ directory, sample });
        collector.add(sample === 0 ? tags : []);
      }
    }
  } catch (error) {
    if (!(error instanceof InputError) || places.length === 0) throw error;
    if (!range || range.last >= places.length) {
      const whole = fileSpecText({ path, range: { first: 0, last: places.length - 1 } });
      throw new InputError(`${error.message}; pages before that can be selected with ${whole}`, {
        cause: error,
      });
    }
  }
  return {
    ...{ directories, places, channels: channels ?? 1, tags: collector.collected() },
    ...(together && { together }),
  };
}

const sameSamples = (a: PixelSamples | undefined, b: PixelSamples | undefined): boolean =>
  a?.kind === b?.kind && a?.count === b?.count && a?.extra.join() === b?.extra.join();

/** Captures one after the other, or what a microscope's tags say of all of the directories; each with its channels. */
function inOrder(directories: number, channels: number, said: PlaneAxes | undefined): StackedAxes {
  const fits =
    said?.shape.reduce((a, b) => a * b, 1) === directories && !(channels > 1 && said.axes.includes("C"));
  const long: StackedAxes =
    directories > 1 ? { axes: ["T"], shape: [directories], plainStack: true } : { axes: [], shape: [] };
  const { axes, shape, ...of }: StackedAxes = said && fits ? said : long;
  return channels > 1 ? { axes: [...axes, "C"], shape: [...shape, channels], ...of } : { axes, shape, ...of };
}

/** Whether a directory is of a page, not of a reduced-resolution copy or a mask of one (bits 0 and 2 of NewSubfileType, or the older SubfileType 2). */
async function isPage(directory: TiffDirectory): Promise<boolean> {
  const kind = await directory.number(254);
  return kind === undefined ? (await directory.number(255)) !== 2 : (kind & 5) === 0;
}

/** Planes behind the only directory, where there are any. */
async function stackOf(
  directories: readonly TiffDirectory[],
  description: string | undefined,
  bytes: RandomAccess,
  path: string,
  together: PixelSamples | undefined,
): Promise<
  | { readonly count: number; readonly axis: Axis; readonly named: boolean; plane(index: number): PageLayout }
  | undefined
> {
  const directory = directories[0]!;
  const { width, height } = await pageSize(directory);
  const samples = await directory.samplesPerPixel();
  const stacked = stackedPlanes(directories, description, width * height * samples, path);
  if (!stacked || (stacked.by === "ImageJ" && samples > 1 && !together)) return undefined;
  const described = await describePage(directory, pageTitle(path, 0));
  const places = { directory, ...described, file: path, page: 0, fileBytes: bytes.byteLength };
  const start = await firstPlaneOf(described, places, together?.count ?? 1);
  if (start === undefined) {
    // What others make of ImageJ's files keeps its description.
    if (stacked.by === "ImageJ") return undefined;
    throw new InputError(
      `${path}: one directory describes ${stacked.count} planes (${stacked.by}), whose pixels do not lie uncompressed behind one another; convert it to one page per plane first`,
    );
  }
  if (stacked.by === "ImageJ" && !mayBeStacked(start, stacked.count, described, places)) return undefined;
  const grid = { ...described.grid, height, rows: 1 };
  const perPlane = together?.count ?? 1;
  return {
    count: stacked.count * perPlane,
    axis: stacked.by === "MetaMorph" ? await metamorphAxis(directory) : "T",
    named: stacked.by === "MetaMorph",
    plane: (index) => {
      const blocks = planeBlock(start, Math.floor(index / perPlane), described, places);
      const page = { file: path, page: index };
      return pageLayout({ ...described, grid }, index % perPlane, page, async () => blocks);
    },
  };
}

const pageTitle = (path: string, index: number): string => `${path}: page ${index}`;

/** What was looked at last: the blocks of a page, and what the directory of a page says of all its samples. */
interface Recent {
  page?: number;
  blocks?: Blocks;
  directory?: { readonly of: TiffDirectory; readonly described: PageDescription; readonly table: BlockTable };
}

async function layoutOf(
  { directory, sample }: PagePlace,
  place: Pick<BlockPlaces, "file" | "page" | "fileBytes" | "countsDecoded">,
  recent: Recent,
): Promise<PageLayout> {
  const known = recent.directory?.of === directory ? recent.directory : undefined;
  const described = known?.described ?? (await describePage(directory, pageTitle(place.file, place.page)));
  const places = { directory, ...described, ...place };
  const find = (table?: BlockTable): Promise<Blocks> =>
    findBlocks(places, described.grid.layers > 1 ? sample : 0, table);
  const table = known?.table ?? (await readBlockTable(places));
  recent.directory = { of: directory, described, table };
  const first = await find(table);
  const kept = first.byteCounts.length <= KEPT_BLOCKS ? first : undefined;
  return pageLayout(described, described.grid.layers > 1 ? 0 : sample, place, async () => {
    if (kept) return kept;
    if (recent.page === place.page && recent.blocks) return recent.blocks;
    const blocks = await find();
    [recent.page, recent.blocks] = [place.page, blocks];
    return blocks;
  });
}

function pageLayout(
  described: PageDescription,
  sample: number,
  { file, page }: Pick<BlockPlaces, "file" | "page">,
  blocks: () => Promise<Blocks>,
): PageLayout {
  const { coding, compression, grid, samples } = described;
  const raw =
    compression === "none" && !grid.tiled && samples === 1 && !coding.bitsReversed && !isPacked(coding);
  return {
    ...described,
    file,
    page,
    dtype: coding.dtype,
    sample,
    raw,
    blocks,
    chunk: chunkOf(described, raw),
  };
}

/** A tile; of strips and of raw rows so many that they are worth a read. */
function chunkOf({ width, height, grid }: PageDescription, raw: boolean): PageLayout["chunk"] {
  if (grid.tiled) return { width: Math.min(width, grid.width), height: Math.min(height, grid.height) };
  const step = raw ? 1 : grid.height;
  const steps = Math.max(1, Math.round(CHUNK_BYTES / (grid.rowBytes * step)));
  return { width, height: Math.min(height, steps * step) };
}

function checkAlike(page: PageLayout, index: number, start: PageLayout, first: number, path: string): void {
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
