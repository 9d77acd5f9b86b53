import { reflect } from "@clidim/imaging";
import type { Band } from "./alignedBands.js";
import { axisTiles } from "./axisTiles.js";
import type { MapTile, TilesOptions } from "./mapTiles.js";
import type { PageRows } from "./pageRows.js";

/**
 * `mapTiles` by bands of rows, from the top: after each row of tiles those that are complete with it. At no time there is more of the page in memory than a row of tiles needs. The bands put
 * together are what `mapTiles` makes of the page, bit for bit.
 */
export async function* tileBands(
  page: PageRows,
  { multiple, maxSide, aligned }: TilesOptions,
  map: MapTile,
): AsyncIterable<Band> {
  const { width, height, frames = 1 } = page;
  const side = Math.max(multiple, Math.floor(maxSide / multiple) * multiple);
  const rows = axisTiles(height, multiple, side, aligned);
  const columns = axisTiles(width, multiple, side, aligned);
  let index = 0;
  /** Sums of weighted tiles, of the rows that the tiles at hand have. All are of one size, so that the arrays serve to the end. */
  const sums: Float32Array[] = [];
  for (const [i, row] of rows.entries()) {
    const top = row.start;
    // A tile goes past the end by less than a multiple, or is the only one of its column: what is mirrored is within its rows.
    const tileRows = Math.min(row.size, height - top);
    // Between bands, only what is summed up is held.
    let part: ArrayLike<number> | undefined = await page.rows(top, top + tileRows);
    for (const column of columns) {
      const tileColumns = Math.min(column.size, width - column.start);
      const images = await map({
        data: cut(part, { width, frames, rows: tileRows }, row.size, column),
        height: row.size,
        width: column.size,
        frames,
        top,
        left: column.start,
        rows: tileRows,
        columns: tileColumns,
        index: index++,
        count: rows.length * columns.length,
      });
      images.forEach((image, number) => {
        sums[number] ??= new Float32Array(tileRows * width);
        const sum = sums[number];
        for (let y = 0; y < tileRows; y++) {
          const to = y * width + column.start;
          const from = y * column.size;
          for (let x = 0; x < tileColumns; x++) {
            sum[to + x]! += row.weights[y]! * column.weights[x]! * image[from + x]!;
          }
        }
      });
    }
    part = undefined;
    const complete = (rows[i + 1]?.start ?? height) - top;
    yield { top, height: complete, images: sums.map((sum) => sum.subarray(0, complete * width)) };
    for (const sum of sums) sum.copyWithin(0, complete * width).fill(0, sum.length - complete * width);
  }
}

/** A tile of so many rows, mirrored where it runs past those of the page. */
function cut(
  part: ArrayLike<number>,
  { width, frames, rows }: { readonly width: number; readonly frames: number; readonly rows: number },
  size: number,
  column: { readonly start: number; readonly size: number },
): Float32Array {
  const across = column.size * frames;
  const tile = new Float32Array(size * across);
  const from = Int32Array.from(
    { length: across },
    (_, i) => reflect(column.start + Math.floor(i / frames), width) * frames + (i % frames),
  );
  for (let y = 0; y < size; y++) {
    const offset = reflect(y, rows) * width * frames;
    for (let i = 0; i < across; i++) tile[y * across + i] = part[offset + from[i]!]!;
  }
  return tile;
}
