import { type PixelArrays, type PixelType, pixelArray } from "../../image/image.js";
import { InputError } from "../../image/inputError.js";
import type { Rectangle } from "../../image/regions.js";
import { PageRoundings, Rounding } from "../../image/rounding.js";
import type { RandomAccess } from "../randomAccess.js";
import { type Blocks, rowsIn } from "./blockTable.js";
import { decodeBlock } from "./decodeBlock.js";
import { reverseEach } from "./readDirectory.js";
import { InexactValue, putPixels, samplesOf } from "./samples.js";
import type { PageLayout } from "./tiffLayout.js";

/** Most bytes of blocks, and of their pixels, that are read and decoded together. */
const READ_BYTES = 2 ** 20;
const DECODED_BYTES = 2 ** 22;

/** Most bytes of raw rows that are read at once. */
const ROWS_BYTES = 2 ** 24;

/** Of pages of float64. */
const roundings = new WeakMap<PageLayout, PageRoundings>();

/**
 * A window of a page. Of compressed pages and of tiles the blocks that it touches are decoded, of raw rows only its rows are read. An `InputError` where a whole number is too large
 * to be a pixel, and where float32 does not hold the contrast of a page of float64.
 */
export async function readPixels(
  bytes: RandomAccess,
  page: PageLayout,
  window: Rectangle,
  signal: AbortSignal | undefined,
): Promise<PixelArrays[PixelType]> {
  const rounding = page.coding.stored === "float64" ? new Rounding() : undefined;
  try {
    const pixels = await (page.raw
      ? readRows(bytes, page, window, rounding)
      : readBlocks(bytes, page, window, signal, rounding));
    if (rounding) {
      const seen = roundings.get(page) ?? new PageRoundings();
      roundings.set(page, seen);
      seen.add("", `${page.file}: page ${page.page}`, rounding, pixels.length, page.width * page.height);
    }
    return pixels;
  } catch (error) {
    if (!(error instanceof InexactValue)) throw error;
    if (page.coding.stored === "float64") {
      throw new InputError(
        `${page.file}: page ${page.page} has the value ${error.value}, which is beyond float32, as what pixels are read (up to 3.4e38); scale it first`,
      );
    }
    throw new InputError(
      `${page.file}: page ${page.page} has the value ${error.value}, which float32 does not hold exactly (whole numbers up to 16777216 are read); subtract a constant or scale it to 16 bits first`,
    );
  }
}

/** A block that a window touches: its number, and the column and row of the grid where it stands. */
interface Touched {
  readonly block: number;
  readonly column: number;
  readonly row: number;
}

async function readBlocks(
  bytes: RandomAccess,
  page: PageLayout,
  window: Rectangle,
  signal: AbortSignal | undefined,
  rounding: Rounding | undefined,
): Promise<PixelArrays[PixelType]> {
  const { grid } = page;
  const places = await page.blocks();
  const pixels = pixelArray(page.dtype, window.width * window.height);
  for (const run of runsOf(touchedBy(window, page), places, page)) {
    signal?.throwIfAborted();
    const first = places.offsets[run[0]!.block]!;
    const last = run.at(-1)!.block;
    const read = await bytes.read(first, places.offsets[last]! + places.byteCounts[last]! - first);
    await Promise.all(
      run.map(async (touched) => {
        const start = places.offsets[touched.block]! - first;
        const own = read.subarray(start, start + places.byteCounts[touched.block]!);
        const samples = await decodeBlock(own, page, rowsIn(grid, touched.row), bytes.decode);
        const [left, top] = [touched.column * grid.width, touched.row * grid.height];
        const [from, to] = [
          Math.max(left, window.x),
          Math.min(left + grid.width, window.x + window.width, page.width),
        ];
        const end = Math.min(top + grid.height, window.y + window.height);
        for (let y = Math.max(top, window.y); y < end; y++) {
          const cut = {
            from: ((y - top) * grid.width + from - left) * page.samples + page.sample,
            count: to - from,
            step: page.samples,
            stored: page.coding.stored,
          };
          putPixels(pixels, (y - window.y) * window.width + from - window.x, samples, cut, rounding);
        }
      }),
    );
  }
  return pixels;
}

function touchedBy({ x, y, width, height }: Rectangle, { grid }: PageLayout): Touched[] {
  const touched: Touched[] = [];
  const [left, right] = [Math.floor(x / grid.width), Math.floor((x + width - 1) / grid.width)];
  const bottom = Math.floor((y + height - 1) / grid.height);
  for (let row = Math.floor(y / grid.height); row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      touched.push({ block: row * grid.columns + column, column, row });
    }
  }
  return touched;
}

/** Blocks that lie behind one another in the file, so many that they are worth a read. */
function runsOf(
  touched: readonly Touched[],
  { offsets, byteCounts }: Blocks,
  { grid }: PageLayout,
): Touched[][] {
  const runs: Touched[][] = [];
  let [end, read, decoded] = [-1, 0, 0];
  for (const one of touched) {
    const [offset, length] = [offsets[one.block]!, byteCounts[one.block]!];
    const pixels = grid.rowBytes * rowsIn(grid, one.row);
    const run = runs.at(-1);
    if (run && offset === end && read + length <= READ_BYTES && decoded + pixels <= DECODED_BYTES) {
      run.push(one);
      [read, decoded] = [read + length, decoded + pixels];
    } else {
      runs.push([one]);
      [read, decoded] = [length, pixels];
    }
    end = offset + length;
  }
  return runs;
}

/** Rows that follow one another in the file are read at once, unless they are very many: a large page is not in memory twice. */
async function readRows(
  bytes: RandomAccess,
  page: PageLayout,
  { x, y, width, height }: Rectangle,
  rounding: Rounding | undefined,
): Promise<PixelArrays[PixelType]> {
  const { coding, grid } = page;
  const { offsets } = await page.blocks();
  const sampleBytes = coding.bits / 8;
  const { rowBytes } = grid;
  const runs: { readonly offset: number; bytes: number }[] = [];
  for (let row = y; row < y + height; ) {
    const strip = Math.floor(row / grid.height);
    const most = row + Math.max(1, Math.floor(ROWS_BYTES / rowBytes));
    const end = Math.min((strip + 1) * grid.height, y + height, most);
    const offset = offsets[strip]! + (row - strip * grid.height) * rowBytes;
    const length = (end - row) * rowBytes;
    const before = runs.at(-1);
    const follows = before && before.offset + before.bytes === offset;
    if (follows && before.bytes + length <= ROWS_BYTES) before.bytes += length;
    else runs.push({ offset, bytes: length });
    row = end;
  }
  const [cut, keep] = [x * sampleBytes, width * sampleBytes];
  const out = new Uint8Array(keep * height);
  let at = 0;
  for (const run of runs) {
    const read = await bytes.read(run.offset, run.bytes);
    if (keep === rowBytes) {
      out.set(read, at);
      at += read.length;
      continue;
    }
    for (let row = 0; row < read.length; row += rowBytes) {
      out.set(read.subarray(row + cut, row + cut + keep), at);
      at += keep;
    }
  }
  // Every platform that runs JavaScript engines of today stores numbers little-endian.
  if (!coding.littleEndian) reverseEach(out, sampleBytes);
  const samples = samplesOf(out, coding, width);
  if (isPixels(samples, page.dtype)) return samples;
  const pixels = pixelArray(page.dtype, width * height);
  const all = { from: 0, count: pixels.length, step: 1, stored: coding.stored };
  putPixels(pixels, 0, samples, all, rounding);
  return pixels;
}

const arrays = { uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array, float32: Float32Array } as const;

function isPixels(samples: unknown, dtype: PixelType): samples is PixelArrays[PixelType] {
  return samples instanceof arrays[dtype];
}
