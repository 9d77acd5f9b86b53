import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { openImage } from "../../src/formats/openImage.js";
import { CachedSource } from "../../src/image/cachedSource.js";
import { lazyStack, readPages } from "../../src/image/lazyStack.js";
import { planarSource } from "../../src/image/planarSource.js";
import { pageCountOf } from "../../src/image/source.js";
import { countedBytes, handmadeTiff, pixelAt } from "./handmadeTiff.js";

const window = { x: 301, y: 97, width: 50, height: 30 };

function expectedWindow(page: number): number[] {
  return Array.from({ length: window.width * window.height }, (_, i) =>
    pixelAt(page, window.x + (i % window.width), window.y + Math.floor(i / window.width)),
  );
}

const layouts = [
  ["tiles", [64, 64]],
  ["strips", 16],
  ["strips that do not divide the height", 37],
  ["one strip", 300],
] as const;

describe.each(layouts)("a window of a page in %s", (_, blocks) => {
  test("is read without the rest of the file", async () => {
    const file = handmadeTiff({ width: 500, height: 300, pages: 3, blocks });
    const bytes = countedBytes(file);
    const stack = lazyStack(await openImage("large.tif", bytes));
    const opened = bytes.bytesRead;
    expect(opened).toBeLessThan(file.length / 20);
    const image = await stack.readPage(2, { window });
    expect(image).toMatchObject({ width: 50, height: 30, dtype: "uint16" });
    expect([...image.data]).toEqual(expectedWindow(2));
    const page = file.length / 3;
    expect(bytes.bytesRead - opened).toBeLessThan(page / 5);
    const whole = await stack.readPage(1);
    expect(whole.data.length).toBe(500 * 300);
    expect(whole.data[123 * 500 + 77]).toBe(pixelAt(1, 77, 123));
  });

  test("over several pages at once", async () => {
    const source = await openImage(
      "large.tif",
      countedBytes(handmadeTiff({ width: 500, height: 300, pages: 3, blocks })),
    );
    expect(source).toMatchObject({ axes: ["T", "Y", "X"], shape: [3, 300, 500] });
    const block = await source.read({ T: [1, 3], Y: [97, 127], X: [301, 351] });
    expect(block.shape).toEqual([2, 30, 50]);
    expect([...block.data]).toEqual([...expectedWindow(1), ...expectedWindow(2)]);
  });
});

test("a region outside the image, or along an axis that it has not, is refused", async () => {
  const source = await openImage(
    "small.tif",
    countedBytes(handmadeTiff({ width: 5, height: 3, pages: 2, blocks: 3 })),
  );
  await expect(source.read({ Y: [0, 4] })).rejects.toThrow(
    "read small.tif: expected a region within 0 to 3 of axis Y, got 0 to 4",
  );
  await expect(source.read({ T: 2 })).rejects.toThrow(/within 0 to 2 of axis T, got 2 to 3/);
  await expect(source.read({ C: 0 })).rejects.toThrow("the axes are T, Y, X, got a region of C");
});

test("an aborted read says so", async () => {
  const source = await openImage(
    "small.tif",
    countedBytes(handmadeTiff({ width: 5, height: 3, pages: 2, blocks: [16, 16] })),
  );
  const stop = new Error("stopped");
  await expect(source.read({}, { signal: AbortSignal.abort(stop) })).rejects.toBe(stop);
  const controller = new AbortController();
  const stack = lazyStack(source);
  const pages = readPages(stack, { signal: controller.signal });
  expect((await pages.next()).value).toMatchObject({ width: 5, height: 3 });
  controller.abort(stop);
  await expect(pages.next()).rejects.toBe(stop);
});

test("of a stack larger than memory one page is held at a time", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void; // what the flag makes
  const made: WeakRef<Uint8Array>[] = [];
  const [height, width] = [1024, 1024];
  const source = planarSource({
    ...{ format: "made up", name: "huge", axes: ["T", "Y", "X"], dtype: "uint8", metadata: {} },
    shape: [2 ** 20, height, width], // a TiB of pixels
    chunks: [1, height, width],
    readPlane: async (index) => {
      const data = new Uint8Array(height * width).fill(index);
      made.push(new WeakRef(data));
      return data;
    },
    close: async () => {},
  });
  expect(pageCountOf(source)).toBe(2 ** 20);
  const held: number[] = [];
  let read = 0;
  for await (const page of readPages(lazyStack(source))) {
    expect(page.data[5]).toBe(read);
    // No page is read ahead of the one that was asked for.
    expect(made).toHaveLength(++read);
    if (read === 12) break;
    // A reference that was looked at lives to the end of the task.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    held.push(made.filter((page) => page.deref() !== undefined).length);
  }
  expect(Math.max(...held)).toBeLessThanOrEqual(2);
});

describe("CachedSource", () => {
  const file = handmadeTiff({ width: 500, height: 300, pages: 4, blocks: [64, 64] });

  test("decodes a chunk once, and gives the same pixels", async () => {
    const bytes = countedBytes(file);
    const plain = await openImage("a.tif", bytes);
    const cached = new CachedSource(await openImage("a.tif", bytes), 2 ** 24);
    const regions = [
      {},
      { T: 2, Y: [10, 200], X: [60, 70] },
      { T: [1, 4], Y: [63, 65], X: [0, 500] },
      { Y: [299, 300], X: [499, 500] },
    ] as const;
    for (const region of regions) expect(await cached.read(region)).toEqual(await plain.read(region));
    const before = bytes.bytesRead;
    await cached.read();
    expect(bytes.bytesRead).toBe(before);
    expect(cached.byteLength).toBe(4 * 500 * 300 * 2);
    expect(cached).toMatchObject({
      axes: plain.axes,
      shape: plain.shape,
      chunks: [1, 64, 64],
      dtype: "uint16",
    });
  });

  test("keeps what was used last, within its limit", async () => {
    const bytes = countedBytes(file);
    const tile = 64 * 64 * 2;
    const cached = new CachedSource(await openImage("a.tif", bytes), 2 * tile);
    const at = async (tileX: number): Promise<number> => {
      const before = bytes.bytesRead;
      await cached.read({ T: 0, Y: 5, X: tileX * 64 });
      expect(cached.byteLength).toBeLessThanOrEqual(2 * tile);
      return bytes.bytesRead - before;
    };
    const read: number[] = [];
    for (const tileX of [0, 1, 0, 2, 0, 1]) read.push(await at(tileX));
    expect(read).toEqual([tile, tile, 0, tile, 0, tile]);
  });

  test("keeps nothing that is larger than the limit, and does not give up the rest for it", async () => {
    const bytes = countedBytes(file);
    const cached = new CachedSource(await openImage("a.tif", bytes), 100);
    await cached.read({ T: 0, Y: 5, X: 5 });
    expect(cached.byteLength).toBe(0);
  });

  test("reads a chunk once that is wanted twice at a time, and again after a failure", async () => {
    let reads = 0;
    const source = planarSource({
      ...{
        format: "made up",
        name: "moody",
        axes: ["Y", "X"],
        shape: [2, 2],
        chunks: [2, 2],
        dtype: "uint8",
      },
      metadata: {},
      readPlane: async () => {
        reads++;
        await new Promise((resolve) => setImmediate(resolve));
        if (reads === 1) throw new Error("not now");
        return Uint8Array.of(1, 2, 3, 4);
      },
      close: async () => {},
    });
    const cached = new CachedSource(source, 100);
    const both = await Promise.allSettled([cached.read(), cached.read()]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(reads).toBe(1);
    const [a, b] = await Promise.all([cached.read({ X: 1 }), cached.read({ Y: 1 })]);
    expect([[...a.data], [...b.data]]).toEqual([
      [2, 4],
      [3, 4],
    ]);
    expect(reads).toBe(2);
  });
});
