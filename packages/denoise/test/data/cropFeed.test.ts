import { clidim } from "@clidim/clidim";
import { type Normalization, pageInMemory } from "@clidim/imaging";
import { compile, type Device, defaultDevice } from "@clidim/tensor";
import { beforeAll, describe, expect, it } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { type CropFeed, cropFeed } from "../../src/data/cropFeed.js";
import { cropWalk, drawCrop } from "../../src/data/crops.js";
import { commonPixelType } from "../../src/data/pixelWords.js";
import { type BatchMembers, noMembers } from "../../src/protocol/batch.js";

const width = 37;
const height = 41;
const configuration = resolveConfiguration(clidim, "laptop", {
  downs: 5,
  ngf: 2,
  ndf: 2,
  crop: 32,
  batch: 16,
  // The joint mode asks for other captures and for places.
  contrastive: { mode: "joint", captures: true, maskOverlap: 0.5 },
});
const normalization: Normalization = {
  mode: "percentile",
  low: 12.5,
  high: 90,
  lowPercent: 0.1,
  highPercent: 99.9,
  bound: 0.8,
};
const seed = 5;

type Pixels = Uint8Array | Uint16Array | Int16Array | Float32Array;

/** Pages of different contents, with extremes of their type in the corners. */
function scenesOf(make: (values: number[]) => Pixels, low: number, high: number) {
  let count = 0;
  const page = () => {
    const start = count++ * 7919;
    const values = Array.from(
      { length: width * height },
      (_, i) => low + ((start + i * 31) % (high - low + 1)),
    );
    values[0] = low;
    values[width * height - 1] = high;
    const data = make(values);
    return { ...pageInMemory({ width, height, data }), data };
  };
  return [
    { name: "one truth", noisy: [page(), page(), page()], clean: [page()], averaged: false },
    { name: "a truth each", noisy: [page(), page()], clean: [page(), page()], averaged: false },
  ];
}

type Scenes = ReturnType<typeof scenesOf>;

const kinds: Readonly<Record<string, Scenes>> = {
  uint8: scenesOf((values) => Uint8Array.from(values), 0, 255),
  uint16: scenesOf((values) => Uint16Array.from(values), 0, 65535),
  int16: scenesOf((values) => Int16Array.from(values), -32768, 32767),
  float32: scenesOf((values) => Float32Array.from(values, (value) => value / 3), -100, 4000),
};

/** By definition: pixel by pixel, in float64. */
function expectedBatch(scenes: Scenes, update: number): Record<string, number[]> {
  const size = configuration.crop;
  const expected: Record<"noisy" | "clean" | "capture" | "scenes" | "corners", number[]> = {
    noisy: [],
    clean: [],
    capture: [],
    scenes: [],
    corners: [],
  };
  for (let sample = 0; sample < configuration.batch; sample++) {
    const crop = drawCrop(scenes, size, seed, update, sample);
    const { noisy, clean } = scenes[crop.scene]!;
    const pages = {
      noisy: noisy[crop.page]!,
      clean: clean[clean.length === 1 ? 0 : crop.page]!,
      capture: noisy[crop.otherPage]!,
    };
    const { first, alongRows, alongColumns } = cropWalk(crop, width, size);
    for (const [name, page] of Object.entries(pages)) {
      for (let i = 0; i < size * size; i++) {
        const value = page.data[first + Math.floor(i / size) * alongRows + (i % size) * alongColumns]!;
        // The keys of `pages` are among those of `expected`.
        expected[name as keyof typeof pages].push(((value - 12.5) * 1.6) / 77.5 - 0.8);
      }
    }
    expected.scenes.push(crop.scene);
    expected.corners.push(crop.y, crop.x);
  }
  return expected;
}

let device: Device;
beforeAll(async () => {
  device = await defaultDevice();
});

/** The batches of a few updates, by the compiled feed. */
async function batchesOf(feed: CropFeed, updates: readonly number[]): Promise<Record<string, number[]>[]> {
  const batch = compile(feed.batch, { device, donate: [0] });
  const batches = [];
  for (const update of updates) {
    const computed = await batch(await feed.order(update));
    const plain: Record<string, number[]> = {};
    for (const [name, tensor] of Object.entries(computed)) plain[name] = [...(await tensor.data())];
    batches.push(plain);
  }
  return batches;
}

describe.each(Object.keys(kinds))("crops of %s pages", (kind) => {
  const scenes = kinds[kind]!;

  it("are what their definition says, from pages on the device and from windows, bit for bit the same", async () => {
    expect(commonPixelType(scenes.flatMap(({ noisy, clean }) => [...noisy, ...clean]))).toBe(kind);
    const options = { method: clidim, configuration, normalization, seed, device };
    const resident = await cropFeed(scenes, options);
    const windows = await cropFeed(scenes, { ...options, residentBytes: 0 });
    expect([resident.resident, windows.resident]).toEqual([true, false]);
    const updates = [0, 7];
    const batches = await batchesOf(resident, updates);
    expect(await batchesOf(windows, updates)).toEqual(batches);
    for (const [k, update] of updates.entries()) {
      const expected = expectedBatch(scenes, update);
      expect(Object.keys(batches[k]!).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, values] of Object.entries(expected)) {
        const scale = Math.max(...values.map(Math.abs));
        const errors = batches[k]![name]!.map((value, i) => Math.abs(value - values[i]!) / scale);
        expect(Math.max(...errors), name).toBeLessThan(3e-7);
        expect(errors).toHaveLength(values.length);
      }
    }
  });
});

it("gives a method whose target is another capture one that is never the same, and refuses to give it the same", async () => {
  const options = { configuration, normalization, seed, device };
  const members = (capture: BatchMembers["capture"]) => () => ({ ...noMembers, capture });
  const method = { target: "capture", members: members("other") } as const;
  const scenes = kinds.uint16!;
  const feed = await cropFeed(scenes, { ...options, method });
  for (const batch of await batchesOf(feed, [0, 1, 2])) {
    expect(Object.keys(batch)).toEqual(["noisy", "capture"]);
    const pixels = configuration.crop ** 2;
    for (let sample = 0; sample < configuration.batch; sample++) {
      const [noisy, capture] = [batch.noisy!, batch.capture!].map((values) =>
        values.slice(sample * pixels, (sample + 1) * pixels),
      );
      expect(capture).not.toEqual(noisy);
    }
  }
  await expect(
    cropFeed(scenes, { ...options, method: { ...method, members: members("any") } }),
  ).rejects.toThrow(
    'cropFeed: a method whose target is another capture must ask for an "other" one or the "next", got "any"',
  );
});

it("turns no crop by a quarter for a method whose noise has an axis, and else draws what it draws for others", async () => {
  const options = { configuration, normalization, seed, device };
  const scenes = kinds.uint16!;
  const { target, members } = clidim;
  const feed = await cropFeed(scenes, {
    ...options,
    method: { target, members, noiseAxis: () => "vertical" },
  });
  const asDrawn = await cropFeed(scenes, {
    ...options,
    method: { target, members, noiseAxis: () => undefined },
  });
  const walksOf = async (of: CropFeed): Promise<number[][]> => {
    const values = Array.from(await (await of.order(2)).walks.data());
    return Array.from({ length: values.length / 3 }, (_, i) => values.slice(3 * i, 3 * i + 3));
  };
  const [kept, drawn] = [await walksOf(feed), await walksOf(asDrawn)];
  const directions = new Set(kept.map(([, alongRows, alongColumns]) => `${alongRows} ${alongColumns}`));
  expect([...directions].sort()).toEqual([`${width} 1`, `${width} -1`, `-${width} 1`, `-${width} -1`].sort());
  // A crop that would not be turned is the same, be it mirrored or not.
  const straight = drawn.flatMap((walk, i) => (Math.abs(walk[1]!) === width ? [i] : []));
  expect(straight.length).toBeGreaterThan(0);
  expect(straight.length).toBeLessThan(drawn.length);
  for (const i of straight) expect(kept[i]).toEqual(drawn[i]);
});

it("moves the values by the centre of a normalisation that has one", async () => {
  const options = { method: clidim, configuration, normalization, seed, device };
  const [plain] = await batchesOf(await cropFeed(kinds.uint16!, options), [2]);
  const centred = { ...options, normalization: { ...normalization, centre: 0.3 } };
  const [moved] = await batchesOf(await cropFeed(kinds.uint16!, centred), [2]);
  const scale = Math.max(...plain!.noisy!.map(Math.abs));
  const errors = moved!.noisy!.map((value, i) => Math.abs(value - plain!.noisy![i]! - 0.3) / scale);
  expect(Math.max(...errors)).toBeLessThan(3e-7);
});

it("keeps pixels of several types in one that holds them all", () => {
  const of = (...arrays: ArrayLike<number>[]) =>
    commonPixelType(arrays.map((data) => pageInMemory({ width: 1, height: 1, data })));
  expect(of(new Uint8Array(1), new Uint16Array(1))).toBe("uint16");
  expect(of(new Int16Array(1), new Uint8Array(1))).toBe("float32");
  expect(of(new Uint16Array(1), new Float32Array(1))).toBe("float32");
  expect(of(new Float64Array(1))).toBe("float32");
});

it("sends a few numbers per crop and update where the pages are on the device", async () => {
  const feed = await cropFeed(kinds.uint16!, {
    method: clidim,
    configuration: { ...configuration, contrastive: { ...configuration.contrastive, mode: "off" } },
    normalization,
    seed,
    device,
  });
  const order = await feed.order(3);
  expect(Object.keys(order)).toEqual(["walks"]);
  expect(order.walks.shape).toEqual([3 * configuration.batch, 3]);
});
