import type { PixelArrays, PixelType } from "../../image/image.js";
import type { Rectangle } from "../../image/regions.js";
import type { RandomAccess } from "../randomAccess.js";
import type { PageLayout, RawRows } from "./tiffLayout.js";

/** A window of a page. Of compressed pages and of tiles the blocks that it touches are decoded, of raw rows only its rows are read. */
export async function readPixels(
  bytes: RandomAccess,
  page: PageLayout,
  window: Rectangle,
  signal: AbortSignal | undefined,
): Promise<PixelArrays[PixelType]> {
  const samples = page.rows
    ? await readRows(bytes, page, page.rows, window)
    : await readBlocks(page, window, signal);
  return ofType(page.dtype, samples);
}

/** Samples as they are stored. */
type Samples = PixelArrays[PixelType] | Float64Array;

const storedAs = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

async function readBlocks(
  { image }: PageLayout,
  { x, y, width, height }: Rectangle,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const window = [x, y, x + width, y + height];
  return image.readRasters({ interleave: true, window, ...(signal && { signal }) });
}

/** Rows that follow one another in the file are read at once. */
async function readRows(
  bytes: RandomAccess,
  { width: pageWidth }: PageLayout,
  { stored, littleEndian, offsets, rowsPerStrip }: RawRows,
  { x, y, width, height }: Rectangle,
): Promise<Samples> {
  const sampleBytes = storedAs[stored].BYTES_PER_ELEMENT;
  const rowBytes = pageWidth * sampleBytes;
  const runs: { readonly offset: number; bytes: number }[] = [];
  for (let row = y; row < y + height; ) {
    const strip = Math.floor(row / rowsPerStrip);
    const end = Math.min((strip + 1) * rowsPerStrip, y + height);
    const offset = offsets[strip]! + (row - strip * rowsPerStrip) * rowBytes;
    const length = (end - row) * rowBytes;
    const before = runs.at(-1);
    if (before && before.offset + before.bytes === offset) before.bytes += length;
    else runs.push({ offset, bytes: length });
    row = end;
  }
  const samples = new storedAs[stored](width * height);
  const out = new Uint8Array(samples.buffer);
  const [cut, keep] = [x * sampleBytes, width * sampleBytes];
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
  if (!littleEndian) reverseSamples(out, sampleBytes);
  return samples;
}

function reverseSamples(bytes: Uint8Array, width: number): void {
  if (width === 1) return;
  if (width === 2) {
    for (let at = 0; at < bytes.length; at += 2) {
      const first = bytes[at]!;
      bytes[at] = bytes[at + 1]!;
      bytes[at + 1] = first;
    }
    return;
  }
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

function ofType(dtype: PixelType, samples: unknown): PixelArrays[PixelType] {
  // `subarray` leaves behind the width and height that geotiff hangs on its array.
  if (samples instanceof storedAs[dtype]) return samples.subarray();
  if (dtype === "float32" && samples instanceof Float64Array) return Float32Array.from(samples);
  throw new Error(`decoded pixels are not ${dtype}`);
}
