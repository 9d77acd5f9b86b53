import { describe, expect, test } from "vitest";
import { ByteCache } from "../../src/image/byteCache.js";
import { CachedSource } from "../../src/image/cachedSource.js";
import { counterRandom } from "../../src/image/counterRandom.js";
import { cutPage, type LazyPage, pageInMemory, pagesOf } from "../../src/image/lazyPage.js";
import { lazyStack } from "../../src/image/lazyStack.js";
import { meanImage, streamedMeanImage } from "../../src/image/meanImage.js";
import {
  checkIntensities,
  fitNormalization,
  streamedIntensityCheck,
  streamedNormalization,
} from "../../src/image/normalization.js";
import { percentiles, streamedPercentiles } from "../../src/image/percentile.js";
import { planarSource } from "../../src/image/planarSource.js";

const [width, height] = [7, 5];

/** A source of three pages whose pixels are 100 page + place, and the pages that were read of it. */
function counted() {
  const read: number[] = [];
  const source = planarSource({
    ...{ format: "made up", name: "counted", axes: ["T", "Y", "X"], dtype: "uint16", metadata: {} },
    shape: [3, height, width],
    chunks: [1, height, width],
    readPlane: async (index, { x, y, width: columns, height: rows }) => {
      read.push(index);
      return Uint16Array.from(
        { length: columns * rows },
        (_, i) => 100 * index + (y + Math.floor(i / columns)) * width + x + (i % columns),
      );
    },
    close: async () => {},
  });
  return { source, read };
}

describe("a lazy page", () => {
  test("is read when it is asked for, whole or a window of it", async () => {
    const { source, read } = counted();
    const pages = pagesOf(lazyStack(source));
    expect(pages).toHaveLength(3);
    expect(pages[1]).toMatchObject({ width, height, dtype: "uint16" });
    expect(read).toEqual([]);
    expect((await pages[2]!.read()).data[8]).toBe(208);
    const { data } = await pages[1]!.read({ x: 2, y: 1, width: 2, height: 2 });
    expect([...Array.from(data)]).toEqual([109, 110, 116, 117]);
    expect(read).toEqual([2, 1]);
  });

  test("of a part is that part of the page, from a file and from memory", async () => {
    const page = pagesOf(lazyStack(counted().source))[0]!;
    for (const whole of [page, pageInMemory(await page.read())]) {
      const inner = cutPage(cutPage(whole, { x: 1, y: 1, width: 5, height: 4 }), {
        ...{ x: 2, y: 1, width: 3, height: 2 },
      });
      expect(inner).toMatchObject({ width: 3, height: 2, dtype: "uint16" });
      expect([...Array.from((await inner.read()).data)]).toEqual([17, 18, 19, 24, 25, 26]);
      const { data } = await inner.read({ x: 1, y: 1, width: 2, height: 1 });
      expect([...Array.from(data)]).toEqual([25, 26]);
      // Within the page, but not within the part.
      await expect(inner.read({ x: 1, y: 1, width: 3, height: 1 })).rejects.toThrow(
        "cutPage: expected a rectangle within 3 x 2 pixels, got 3 x 1 at 1, 1",
      );
    }
    expect(() => cutPage(page, { x: 3, y: 0, width: 5, height: 5 })).toThrow(/within 7 x 5 pixels/);
  });

  test("in memory has the narrowest type that holds it", () => {
    const types = [new Uint8Array(1), new Uint16Array(1), new Int16Array(1), new Float32Array(1), [0.5]].map(
      (data) => pageInMemory({ width: 1, height: 1, data }).dtype,
    );
    expect(types).toEqual(["uint8", "uint16", "int16", "float32", "float32"]);
  });
});

describe("what goes through pages one by one is what it is of all at once, bit for bit", () => {
  const random = counterRandom(4);
  const kinds = {
    uint8: () => Uint8Array.from({ length: 400 }, () => random.integer(256)),
    int16: () => Int16Array.from({ length: 400 }, () => random.integer(65536) - 32768),
    uint16: () => Uint16Array.from({ length: 400 }, () => random.integer(65536)),
    float32: () => Float32Array.from({ length: 400 }, () => random.normal() / 3),
  };
  test.each(["uint8", "int16", "uint16", "float32"] as const)("%s", async (kind) => {
    const planes = Array.from({ length: 5 }, () => ({ width: 20, height: 20, data: kinds[kind]() }));
    let held = 0;
    const lazy = planes.map((plane): LazyPage => {
      const page = pageInMemory(plane);
      return {
        ...page,
        read: async () => {
          expect(++held).toBe(1);
          await Promise.resolve();
          held--;
          return plane;
        },
      };
    });
    const percents = [0, 0.1, 37.5, 50, 99.9, 100];
    expect(await streamedPercentiles(lazy, percents)).toEqual(percentiles(planes, percents));
    for (const options of [
      {},
      { low: 3, high: 80, bound: 0.5 },
      { mode: "minmax" },
      { mode: "standard" },
    ] as const) {
      expect(await streamedNormalization(lazy, options)).toEqual(fitNormalization(planes, options));
    }
    expect(await streamedMeanImage(lazy)).toEqual(meanImage(planes));
    const model = { ...fitNormalization(planes), high: 1e9 };
    expect(await streamedIntensityCheck(lazy, model, "a")).toEqual(checkIntensities(planes, model, "a"));
    await expect(streamedPercentiles([], [50])).rejects.toThrow(/at least one pixel/);
  });
});

describe("ByteCache", () => {
  test("is one limit for all its parts, and what was used last stays", async () => {
    const cache = new ByteCache(30);
    const [a, b] = [cache.part(), cache.part()];
    let made = 0;
    const make = async (): Promise<Uint8Array> => {
      made++;
      return new Uint8Array(10);
    };
    for (const part of [a, b]) await part.get("same key", make);
    await a.get("other", make);
    expect([made, cache.byteLength, cache.byteLengthOf(a)]).toEqual([3, 30, 20]);
    await a.get("same key", make); // used again, so that b's is the oldest
    await a.get("third", make);
    expect([made, cache.byteLength, cache.byteLengthOf(b)]).toEqual([4, 30, 0]);
    await a.get("same key", make);
    expect(made).toBe(4);
    a.clear();
    expect([cache.byteLength, cache.byteLengthOf(a)]).toEqual([0, 0]);
    expect(() => new ByteCache(-1)).toThrow("ByteCache: expected a limit of 0 bytes or more, got -1");
  });

  test("what is made from others of the same cache outlives them", async () => {
    const cache = new ByteCache(30);
    const part = cache.part();
    let sums = 0;
    const sum = () =>
      part.get("sum", async () => {
        sums++;
        for (let i = 0; i < 9; i++) await part.get(`${i}`, async () => new Uint8Array(10));
        return new Uint8Array(10);
      });
    await sum();
    await part.get("another", async () => new Uint8Array(10));
    await sum();
    expect(sums).toBe(1);
  });

  test("what is forgotten while it is made is not kept, and is given to who waits for it", async () => {
    const cache = new ByteCache(100);
    const part = cache.part();
    const waiting = part.get("a", async () => new Uint8Array(10));
    part.clear();
    expect(await waiting).toHaveLength(10);
    expect(cache.byteLength).toBe(0);
  });

  test("keeps chunks of several sources apart", async () => {
    const cache = new ByteCache(3 * width * height * 2);
    const [first, second] = [counted(), counted()];
    const sources = [first, second].map(({ source }) => new CachedSource(source, cache));
    for (const source of sources) await source.read({ T: [0, 2] });
    expect([first.read, second.read]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(sources.map(({ byteLength }) => byteLength / (width * height * 2))).toEqual([1, 2]);
    await sources[1]!.close();
    expect(cache.byteLength).toBe(width * height * 2);
  });
});
