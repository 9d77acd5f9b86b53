import {
  counterRandom,
  cutPage,
  fitNormalization,
  type LazyPage,
  pageInMemory,
  reflect,
  rowBands,
  streamedNormalization,
} from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import { axisTiles } from "../../src/inference/axisTiles.js";
import { type MapTile, mapTiles } from "../../src/inference/mapTiles.js";
import { bandsOf, pageContents } from "../../src/inference/pageBands.js";
import { tileBands } from "../../src/inference/tileBands.js";

const random = counterRandom(7);
const noise = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());

/** The rows of a page in memory, and the most that were asked for at once. */
function rowsOf(data: Float32Array, width: number, height: number) {
  const asked: [number, number][] = [];
  const rows = (top: number, bottom: number): Float32Array => {
    asked.push([top, bottom]);
    return data.slice(top * width, bottom * width);
  };
  return { page: { width, height, rows }, asked };
}

/** Tiles blended on a whole page, the plain way. */
async function blended(
  data: Float32Array,
  width: number,
  height: number,
  maxSide: number,
  map: MapTile,
): Promise<Float32Array[]> {
  const [rows, columns] = [axisTiles(height, 8, maxSide), axisTiles(width, 8, maxSide)];
  const outputs: Float32Array[] = [];
  let index = 0;
  for (const row of rows) {
    for (const column of columns) {
      const tile = Float32Array.from({ length: row.size * column.size }, (_, i) => {
        const [y, x] = [row.start + Math.floor(i / column.size), column.start + (i % column.size)];
        return data[reflect(y, height) * width + reflect(x, width)]!;
      });
      const count = rows.length * columns.length;
      const images = await map({
        data: tile,
        height: row.size,
        width: column.size,
        frames: 1,
        top: row.start,
        left: column.start,
        rows: Math.min(row.size, height - row.start),
        columns: Math.min(column.size, width - column.start),
        index: index++,
        count,
      });
      images.forEach((image, number) => {
        outputs[number] ??= new Float32Array(data.length);
        for (let i = 0; i < image.length; i++) {
          const [y, x] = [Math.floor(i / column.size), i % column.size];
          if (row.start + y >= height || column.start + x >= width) continue;
          const at = (row.start + y) * width + column.start + x;
          outputs[number]![at]! += row.weights[y]! * column.weights[x]! * image[i]!;
        }
      });
    }
  }
  return outputs;
}

describe("bands of tiles", () => {
  /** Another function of each tile. */
  const map = async ({ data, index }: { readonly data: Float32Array; readonly index: number }) => [
    data.map((value, i) => value * Math.cos(i + index)),
    data.map((value) => value + index),
  ];

  test.each([
    [1, 1, 8],
    [5, 90, 16],
    [90, 5, 16],
    [40, 33, 16],
    [17, 57, 32],
    [64, 64, 64],
    [31, 200, 24],
  ])("of %i x %i pixels in tiles of %i are the page, bit for bit", async (width, height, maxSide) => {
    const data = noise(width * height);
    const options = { multiple: 8, maxSide };
    const whole = await mapTiles(data, width, height, options, map);
    expect(whole).toEqual(await blended(data, width, height, maxSide, map));
    const { page, asked } = rowsOf(data, width, height);
    const together = whole.map(() => new Float32Array(data.length));
    let next = 0;
    for await (const { top, height: rows, images } of tileBands(page, options, map)) {
      expect(top).toBe(next);
      next += rows;
      for (const [i, image] of images.entries()) {
        expect(image.length).toBe(rows * width);
        together[i]!.set(image, top * width);
        image.fill(Number.NaN); // whoever got a band may do with it what they like
      }
    }
    expect(next).toBe(height);
    expect(together).toEqual(whole);
    for (const [from, to] of asked) expect(to - from).toBeLessThanOrEqual(Math.max(maxSide, 8));
  });

  test("are blended with weights that add up to one", async () => {
    const [width, height] = [50, 61];
    const data = noise(width * height);
    const [same] = await mapTiles(data, width, height, { multiple: 8, maxSide: 24 }, async (tile) => [
      tile.data,
    ]);
    same!.forEach((value, i) => {
      expect(value).toBeCloseTo(data[i]!, 5);
    });
  });
});

describe("a page by bands of rows", () => {
  const lazy = (width: number, height: number, rowsAtOnce: number): LazyPage => ({
    ...pageInMemory({ width, height, data: Uint16Array.from({ length: width * height }, (_, i) => i) }),
    rowsAtOnce,
  });

  test("is covered from the top, in rows that are best read at once", () => {
    const page = lazy(10, 25, 4);
    expect(rowBands(page, 90).map(({ y, height }) => [y, height])).toEqual([
      [0, 8],
      [8, 8],
      [16, 8],
      [24, 1],
    ]);
    expect(rowBands(page, 1).map(({ height }) => height)).toEqual([4, 4, 4, 4, 4, 4, 1]);
    expect(rowBands(lazy(10, 25, 25), 40)).toEqual([{ x: 0, y: 0, width: 10, height: 25 }]);
  });

  test("is itself where it is small", () => {
    const page = lazy(10, 25, 1);
    expect(bandsOf(page, 250)).toEqual([page]);
    expect(bandsOf(page)).toEqual([page]);
    expect(bandsOf(page, 249)).toHaveLength(2);
  });

  test("has the normalisation of the page, bit for bit", async () => {
    const plane = { width: 20, height: 31, data: noise(620) };
    const bands = bandsOf(pageInMemory(plane), 70);
    expect(bands).toHaveLength(11);
    for (const mode of ["percentile", "minmax", "standard"] as const) {
      expect(await streamedNormalization(bands, { mode })).toEqual(fitNormalization([plane], { mode }));
    }
  });

  const contents = (...rows: readonly number[][]) =>
    pageContents(
      rows.map((row) => pageInMemory({ width: row.length, height: 1, data: Float32Array.from(row) })),
    );

  test("is blank where all bands are, with one value", async () => {
    const { NaN: gone } = Number;
    expect(await contents([3, 3], [3, 3])).toEqual({ missing: 0, blank: "every pixel is 3" });
    expect(await contents([3, 3], [4, 4])).toEqual({ missing: 0 });
    expect(await contents([3, 4], [3, 3])).toEqual({ missing: 0 });
    expect(await contents([gone, gone], [gone, 4], [4, Number.POSITIVE_INFINITY])).toEqual({
      missing: 4,
      blank: "every pixel is 4",
    });
    expect(await contents([gone], [4], [gone], [5])).toEqual({ missing: 2 });
    expect(await contents([gone], [gone])).toEqual({ missing: 2, blank: "no pixel has a finite value" });
  });

  test("may be part of a page", async () => {
    const part = cutPage(lazy(10, 25, 4), { x: 2, y: 3, width: 4, height: 20 });
    const read = await Promise.all(bandsOf(part, 20).map((band) => band.read()));
    expect(read.flatMap(({ data }) => Array.from(data))).toEqual(Array.from((await part.read()).data));
  });
});
