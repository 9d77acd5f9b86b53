import { clidim } from "@clidim/clidim";
import { ByteCache, counterRandom, type LazyPage, type Normalization, pageInMemory } from "@clidim/imaging";
import { compile, type Device, defaultDevice } from "@clidim/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { cropFeed } from "../../src/data/cropFeed.js";
import { cropWalk, drawCrop, type TrainingScene } from "../../src/data/crops.js";
import { groupFrames } from "../../src/data/frameGroups.js";
import { meanPage } from "../../src/data/meanPages.js";
import { prepareTraining } from "../../src/data/prepareTraining.js";

const [width, height] = [37, 41];
const cache = new ByteCache(2 ** 24);
const random = counterRandom(3);
const page = (): LazyPage =>
  pageInMemory({
    width,
    height,
    data: Uint16Array.from({ length: width * height }, () => 100 + random.integer(900)),
  });
const captures = (count: number): LazyPage[] => Array.from({ length: count }, page);
const averaged = (name: string, noisy: LazyPage[]): TrainingScene => ({
  ...{ name, noisy, clean: [meanPage(noisy, cache)], averaged: true },
  ...{ averageOf: noisy.length, oneField: true },
});
const paired = (name: string, noisy: LazyPage[]): TrainingScene => ({
  ...{ name, noisy, clean: [page()], averaged: false, oneField: true },
});

const normalization: Normalization = {
  mode: "percentile",
  low: 12.5,
  high: 90,
  lowPercent: 0.1,
  highPercent: 99.9,
  bound: 0.8,
};
const values = async (one: LazyPage): Promise<ArrayLike<number>> => (await one.read()).data;

describe("crops of several frames", () => {
  const scenes = [averaged("averaged", captures(7)), paired("paired", captures(5))];

  test("are of different pages of one scene, the same for the same numbers, in any order", () => {
    const orders = new Set<string>();
    for (let sample = 0; sample < 200; sample++) {
      const crop = drawCrop(scenes, 32, 5, 1, sample, "any", 4);
      expect(crop.frames).toHaveLength(4);
      expect(new Set(crop.frames).size).toBe(4);
      expect(crop.frames[0]).toBe(crop.page);
      expect(crop.frames.every((one) => one >= 0 && one < scenes[crop.scene]!.noisy.length)).toBe(true);
      expect(drawCrop(scenes, 32, 5, 1, sample, "any", 4)).toEqual(crop);
      // What is drawn without frames is drawn first.
      const { frames: _all, ...one } = drawCrop(scenes, 32, 5, 1, sample);
      expect(crop).toMatchObject(one);
      if (crop.scene === 1) orders.add(crop.frames.join());
    }
    // Of 120.
    expect(orders.size).toBeGreaterThan(40);
  });

  describe("in a batch", () => {
    const configuration = resolveConfiguration(clidim, "quick", {
      ...{ ngf: 2, crop: 32, batch: 8, frames: 3 },
    });
    let device: Device;
    beforeAll(async () => {
      device = await defaultDevice();
    });

    test.each([["on the device", 2 ** 29] as const, ["read as they are needed", 0] as const])(
      "%s: captures beside each other, and the clean page without them",
      async (_where, residentBytes) => {
        const options = { method: clidim, configuration, normalization, seed: 5, device, residentBytes };
        const feed = await cropFeed(scenes, options);
        const { noisy, clean } = await compile(feed.batch, { device })(await feed.order(2));
        expect(noisy.shape).toEqual([8, 32, 32, 3]);
        expect(clean?.shape).toEqual([8, 32, 32, 1]);
        const [inputs, targets] = [await noisy.data(), await clean!.data()];
        const network = (grey: number): number => ((grey - 12.5) * 1.6) / 77.5 - 0.8;
        for (let sample = 0; sample < 8; sample++) {
          const crop = drawCrop(scenes, 32, 5, 2, sample, "any", 3);
          const scene = scenes[crop.scene]!;
          const pages = await Promise.all(scene.noisy.map(values));
          const truth = await values(scene.clean![0]!);
          const { first, alongRows, alongColumns } = cropWalk(crop, width, 32);
          const others = pages.filter((_, i) => !crop.frames.includes(i));
          for (let i = 0; i < 32 * 32; i += 7) {
            const at = first + Math.floor(i / 32) * alongRows + (i % 32) * alongColumns;
            for (const [k, frame] of crop.frames.entries()) {
              expect(inputs[(sample * 1024 + i) * 3 + k]).toBeCloseTo(network(pages[frame]![at]!), 3);
            }
            const wanted = scene.averaged
              ? others.reduce((sum, one) => sum + one[at]!, 0) / others.length
              : truth[at]!;
            expect(targets[sample * 1024 + i]).toBeCloseTo(network(wanted), 3);
          }
        }
      },
    );
  });
});

describe("groups of captures", () => {
  test("are means with their frames, of windows too, and their truth is the mean of the others", async () => {
    const scene = averaged("scene", captures(7));
    const { noisy, clean } = groupFrames(scene, 3);
    expect(noisy).toHaveLength(2);
    const pages = await Promise.all(scene.noisy.map(values));
    const second = await noisy[1]!.read();
    expect(second.frames?.map(({ data }) => data)).toEqual(pages.slice(3, 6));
    const truth = await values(clean![1]!);
    for (let i = 0; i < truth.length; i += 11) {
      expect(second.data[i]).toBeCloseTo((pages[3]![i]! + pages[4]![i]! + pages[5]![i]!) / 3, 3);
      expect(truth[i]).toBeCloseTo((pages[0]![i]! + pages[1]![i]! + pages[2]![i]! + pages[6]![i]!) / 4, 2);
    }
    const window = { x: 3, y: 5, width: 4, height: 2 };
    const part = await noisy[1]!.read(window);
    expect([part.width, part.height, part.frames?.length]).toEqual([4, 2, 3]);
    expect(part.data[0]).toBe(second.data[5 * width + 3]);
    expect((await clean![1]!.read(window)).data[5]).toBe(truth[6 * width + 4]);
  });

  test("of pairs keep their clean page", () => {
    const scene = paired("scene", captures(6));
    expect(groupFrames(scene, 3).clean).toEqual(scene.clean);
    expect(groupFrames(scene, 1)).toBe(scene);
  });
});

describe("a training on several frames", () => {
  const protocol = { shots: 0, regions: [], split: "auto", selection: "validation", frames: 3 } as const;
  const target = { target: "clean" } as const;

  test("holds out groups, and leaves enough to draw one", () => {
    const one = prepareTraining([averaged("one", captures(10))], protocol, 0.3, cache, target);
    expect(one.kind).toBe("captures");
    expect(one.validation.map(({ name }) => name)).toEqual(["one, pages 3 to 5 of the selection"]);
    expect(one.training[0]!.noisy).toHaveLength(7);
    // The truth is still the mean of all ten.
    expect(one.training[0]!.averageOf).toBe(10);
    const scenes = [averaged("a", captures(7)), averaged("b", captures(4)), averaged("c", captures(4))];
    const split = prepareTraining(scenes, protocol, 0.3, cache, target);
    expect(split.kind).toBe("scenes");
    expect(split.validation).toHaveLength(1);
    const cut = prepareTraining(
      scenes,
      { ...protocol, split: "regions", regions: ["left"] },
      0.5,
      cache,
      target,
    );
    expect(cut.validation).toHaveLength(4);
  });

  test.each(["shots", "leave-one-out"] as const)(
    "with groundTruth %s makes the truth of the shots that a group leaves",
    async (groundTruth) => {
      const scene = averaged("scene", captures(9));
      const some = { ...protocol, shots: 5, groundTruth };
      const { training } = prepareTraining([scene], some, 0, cache, target);
      const [kept] = training;
      expect(kept!.noisy).toHaveLength(5);
      expect(kept!.averageOf).toBe(5);
      const pages = await Promise.all(kept!.noisy.map(values));
      const truth = await values(groupFrames(kept!, 3).clean![0]!);
      expect(truth[40]).toBeCloseTo((pages[3]![40]! + pages[4]![40]!) / 2, 2);
    },
  );

  test("says what it cannot be trained on", () => {
    const prepare = (scene: TrainingScene, changes = {}) =>
      prepareTraining([scene], { ...protocol, ...changes }, 0, cache, target);
    expect(() => prepare({ ...paired("z", captures(6)), oneField: false })).toThrow(
      /z has pages that are not captures of one field .* frames 3 .* along which axes captures lie/,
    );
    expect(() => prepare({ ...paired("each", captures(3)), clean: captures(3) })).toThrow(
      /each has a clean page for each noisy one, and frames 3 .* one clean page each/,
    );
    expect(() => prepare(paired("few", captures(2)))).toThrow(
      /few: expected at least 3 noisy pages, as frames is 3, got 2; .* fewer frames/,
    );
    expect(() => prepare(averaged("few", captures(3)))).toThrow(
      /few: expected at least 4 pages to average, .* got 3; give more captures, clean images, or fewer frames/,
    );
    expect(() => prepare(paired("shots", captures(9)), { shots: 2 })).toThrow(/shots is 2, .* at least 3/);
  });
});
