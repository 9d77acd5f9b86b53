import { InputError } from "../../image/inputError.js";
import { COMPRESSIONS, type CompressionName } from "./compression.js";
import type { TiffDirectory } from "./readDirectory.js";

/** How the pixels of a directory are cut into strips or tiles, all samples of it. */
export interface BlockGrid {
  readonly tiled: boolean;
  /** Width and height of a block; the last strip may have fewer rows. */
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
  /** Rows of pixels of the page. */
  readonly pageHeight: number;
  /** Bytes of a row of a block. */
  readonly rowBytes: number;
  /** How often the grid is there: once for each sample of a pixel where they are stored apart. */
  readonly layers: number;
}

/** Where the blocks of one layer are. */
export interface Blocks {
  readonly offsets: ArrayLike<number>;
  readonly byteCounts: ArrayLike<number>;
}

/** Rows of pixels in a block of the grid's row `row`. */
export function rowsIn({ tiled, height, pageHeight }: BlockGrid, row: number): number {
  return tiled ? height : Math.min(height, pageHeight - row * height);
}

/** What is needed to find blocks. */
export interface BlockPlaces {
  readonly directory: TiffDirectory;
  readonly grid: BlockGrid;
  readonly compression: CompressionName;
  /** What messages call the file and the page in it. */
  readonly file: string;
  readonly page: number;
  readonly fileBytes: number;
  /** Whether what is stated of compressed blocks are the bytes of their pixels, as the Zeiss LSM does. */
  readonly countsDecoded?: boolean;
}

/** Where a directory says that the blocks of all its layers are. */
export interface BlockTable {
  readonly offsets: ArrayLike<number>;
  readonly stated: ArrayLike<number> | undefined;
  /** Where blocks may end whose byte counts are not there. */
  ends(): Float64Array;
}

/** The table of a directory; an `InputError` where it is too short. */
export async function readBlockTable(places: BlockPlaces): Promise<BlockTable> {
  const { directory, grid, file, page, fileBytes } = places;
  const blocks = grid.columns * grid.rows * grid.layers;
  const [offsetTag, countTag] = grid.tiled && directory.entry(324) ? [324, 325] : [273, 279];
  const offsets = await directory.numbers(offsetTag);
  if (!offsets || offsets.length < blocks) {
    throw new InputError(
      `${file} is damaged: page ${page} does not say where its ${blocks} blocks of pixels are`,
    );
  }
  let ends: Float64Array | undefined;
  return {
    offsets,
    stated: await directory.numbers(countTag),
    ends: () => {
      ends ??= endsIn(offsets, directory, fileBytes);
      return ends;
    },
  };
}

/** A page of so many bytes may be made of any file. */
const FREE_PAGE_BYTES = 2 ** 26;

/**
 * Where the blocks of a layer are, each of them within the file and large enough. Byte counts that are missing, 0 or, of a single uncompressed strip, wrong are put right, as libtiff
 * does: uncompressed blocks have the size of their pixels, others end where something else begins. All of them together may not be more than the compression makes of the file at best.
 */
export async function findBlocks(places: BlockPlaces, layer: number, table?: BlockTable): Promise<Blocks> {
  const { grid, compression, file, page, fileBytes, countsDecoded } = places;
  const { columns, rows, layers, rowBytes } = grid;
  const blocks = columns * rows;
  const damaged = (what: string): InputError => new InputError(`${file} is damaged: ${what}`);
  const { offsets, stated: given, ends } = table ?? (await readBlockTable(places));
  const [from, whole] = [layer * blocks, blocks * layers === 1];
  const { most, name } = COMPRESSIONS[compression];
  const byteCounts = new Float64Array(blocks);
  const raw = compression === "none";
  for (let block = 0; block < blocks; block++) {
    const [offset, stated] = [offsets[from + block]!, given?.[from + block] ?? 0];
    const pixels = rowBytes * rowsIn(grid, Math.floor(block / columns));
    const known = stated > 0 && !(raw && whole);
    const room = (): number => nextAfter(ends(), offset) - offset;
    const bytes = known ? (countsDecoded ? Math.min(stated, room()) : stated) : raw ? pixels : room();
    if (offset === 0) throw damaged(`block ${block} of page ${page} is not stored`);
    if (offset + bytes > fileBytes) {
      throw new InputError(
        `${file} is truncated: page ${page} ends at byte ${offset + bytes}, the file has ${fileBytes} bytes`,
      );
    }
    if (bytes * most < pixels) {
      const of = raw ? "" : ` of ${name}`;
      throw damaged(
        `block ${block} of page ${page} has ${bytes} bytes${of}, expected at least ${Math.ceil(pixels / most)}`,
      );
    }
    byteCounts[block] = bytes;
  }
  // A file may have one block in many places, but not without end.
  const pageBytes = rowBytes * columns * (grid.tiled ? rows * grid.height : grid.pageHeight);
  if (pageBytes > Math.max(FREE_PAGE_BYTES, fileBytes * most)) {
    throw damaged(
      `page ${page} has ${pageBytes} bytes of pixels, which no ${fileBytes} bytes of a file can hold`,
    );
  }
  return { offsets: slice(offsets, from, from + blocks), byteCounts };
}

/** Where blocks of a page may end: at other blocks, at the directory, at the end of the file. */
function endsIn(offsets: ArrayLike<number>, { position }: TiffDirectory, fileBytes: number): Float64Array {
  return Float64Array.from([...Array.from(offsets), position, fileBytes]).sort();
}

/** The first of ascending numbers that is larger than `offset`; the last one where none is. */
function nextAfter(ends: Float64Array, offset: number): number {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! > offset) high = middle;
    else low = middle + 1;
  }
  return ends[low]!;
}

function slice(numbers: ArrayLike<number>, from: number, to: number): ArrayLike<number> {
  return from === 0 && to === numbers.length
    ? numbers
    : Float64Array.from({ length: to - from }, (_, i) => numbers[from + i]!);
}
