import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { clidim } from "@clidim/clidim";
import { type ImageSource, InputError, simulateScenes } from "@clidim/imaging";
import { createImageFile, writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { type TrainOptions, train } from "../../src/training/train.js";
import { tensorsOf, tiny } from "./tinyData.js";

/** What is called with all that is decoded. */
const decoding = vi.hoisted(() => ({
  onRead: async (_data: ArrayBufferView): Promise<void> => {},
  open: 0,
}));

vi.mock("@clidim/imaging/node", async (importOriginal) => {
  const original = await importOriginal<typeof import("@clidim/imaging/node")>();
  return {
    ...original,
    openImageFile: async (...args: Parameters<typeof original.openImageFile>): Promise<ImageSource> => {
      const source = await original.openImageFile(...args);
      decoding.open++;
      return {
        ...source,
        read: async (region, options) => {
          const block = await source.read(region, options);
          await decoding.onRead(block.data);
          return block;
        },
        close: async () => {
          decoding.open--;
          await source.close();
        },
      };
    },
  };
});

const SIDE = 64;
const PAGES = 40;
const PAGE_BYTES = SIDE * SIDE * 2;
const folder = temporaryFolder();
const stack = join(folder, "stack.tif");
const whole = join(folder, "whole");
const cached = 6;
const small = { cacheBytes: cached * PAGE_BYTES, residentBytes: 0 };
let options: Omit<TrainOptions, "out">;

beforeAll(async () => {
  const [scene] = simulateScenes({ seed: 1, size: SIDE, scenes: 1, frames: PAGES });
  await writeImageFile(stack, scene!.noisy);
  options = { method: clidim, noisy: [stack], overrides: { ...tiny, updates: 8 }, seed: 3 };
  // With all pages on the device.
  await train({ ...options, out: whole });
});

function expectSame(out: string): void {
  for (const name of ["checkpoint.safetensors", "model.safetensors"]) {
    expect(tensorsOf(join(out, name)), name).toEqual(tensorsOf(join(whole, name)));
  }
  expect(readFileSync(join(out, "preview.png"))).toEqual(readFileSync(join(whole, "preview.png")));
}

describe("a training with room for few pages", () => {
  test("holds few, whatever it does with the stack, and ends with the same weights bit for bit", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void; // what the flag makes
    let alive: { readonly bytes: number; readonly data: WeakRef<ArrayBufferView> }[] = [];
    let [reads, most, decoded] = [0, 0, 0];
    decoding.onRead = async (data) => {
      decoded += data.byteLength;
      alive.push({ bytes: data.byteLength, data: new WeakRef(data) });
      if (reads++ % 9 > 0) return;
      // A reference that was looked at lives to the end of the task.
      await new Promise((resolve) => setImmediate(resolve));
      collect();
      alive = alive.filter((block) => block.data.deref() !== undefined);
      most = Math.max(
        most,
        alive.reduce((sum, { bytes }) => sum + bytes, 0),
      );
    };
    const out = join(folder, "few");
    try {
      await train({ ...options, ...small, out });
    } finally {
      decoding.onRead = async () => {};
    }
    expect(decoded).toBeGreaterThan(3 * PAGES * PAGE_BYTES);
    // Those that are kept, the windows of three updates to come, and what was read since the last look.
    expect(most / PAGE_BYTES).toBeLessThanOrEqual(cached + 3 * tiny.batch + 9);
    expect(most / PAGE_BYTES).toBeGreaterThan(1);
    expectSame(out);
    expect(decoding.open).toBe(0);
  });

  test("goes on after an interruption, and ends with the same weights bit for bit, however long reading takes", async () => {
    const out = join(folder, "interrupted");
    const controller = new AbortController();
    let reads = 0;
    decoding.onRead = async () => {
      for (let turn = 0; turn < (reads++ * 5) % 4; turn++)
        await new Promise((resolve) => setTimeout(resolve));
    };
    try {
      const stopped = await train(
        { ...options, ...small, out },
        { signal: controller.signal, onProgress: ({ update }) => update === 5 && controller.abort() },
      );
      expect(stopped.manifest).toMatchObject({ status: "interrupted", updates: { done: 5, total: 8 } });
      expect(decoding.open).toBe(0);
      await train({ ...options, ...small, cacheBytes: 0, out, resume: true });
    } finally {
      decoding.onRead = async () => {};
    }
    expectSame(out);
  });

  test("closes the files before the first update where all pages are on the device", async () => {
    const open: number[] = [];
    await train(
      { ...options, out: join(folder, "resident") },
      { onProgress: () => open.push(decoding.open) },
    );
    expect(new Set(open)).toEqual(new Set([0]));
  });
});

describe("found before the training starts, and nothing is written", () => {
  const refused = async (noisy: string): Promise<string> => {
    const out = join(folder, "refused");
    const error: unknown = await train({ ...options, ...small, noisy: [noisy], out }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(InputError);
    expect(existsSync(out)).toBe(false);
    expect(decoding.open).toBe(0);
    return (error as InputError).message; // checked above
  };
  const pages = (count: number) =>
    Array.from({ length: count }, (_, page) => ({
      ...{ width: SIDE, height: SIDE, dtype: "float32" as const },
      data: Float32Array.from({ length: SIDE * SIDE }, (_, i) => (i * 7 + page) % 1009),
    }));

  test("many NaNs in a page in the middle, and pages that are all constant", async () => {
    const [nan, flat] = [join(folder, "nan.tif"), join(folder, "flat.tif")];
    const images = pages(9);
    for (let i = 0; i < SIDE * SIDE; i += 5) images[4]!.data[i] = Number.NaN;
    await writeImageFile(nan, images);
    expect(await refused(nan)).toMatch(/nan\.tif: at 20\.0 % of the places a pixel is NaN or infinite/);
    for (const { data } of images) data.fill(5);
    await writeImageFile(flat, images);
    expect(await refused(flat)).toMatch(/flat\.tif#0 is constant \(every pixel is 5\)/);
  });

  test("a page in the middle that cannot be decoded", async () => {
    const damaged = join(folder, "damaged.tif");
    const writer = await createImageFile(damaged, {
      ...{ axes: ["T", "Y", "X"], shape: [9, SIDE, SIDE], dtype: "float32", compression: "deflate" },
    });
    for (const page of pages(9)) await writer.writePage(page);
    await writer.close();
    const bytes = readFileSync(damaged);
    // Pixels come first, page by page.
    const middle = bytes.readUInt32LE(4) / 2;
    bytes.fill(0xff, middle, middle + 64);
    writeFileSync(damaged, bytes);
    expect(await refused(damaged)).toMatch(/damaged\.tif is truncated or damaged: page 4 cannot be decoded/);
  });
});
