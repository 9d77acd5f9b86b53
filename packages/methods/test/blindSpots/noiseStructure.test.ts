import { resolveConfiguration } from "@clidim/denoise";
import { counterRandom, fitNormalization, type Plane, pageInMemory, simulateScenes } from "@clidim/imaging";
import { describe, expect, it } from "vitest";
import { noiseStructure } from "../../src/blindSpots/noiseStructure.js";
import { noise2void } from "../../src/noise2void/method.js";

const side = 96;
const [scene] = simulateScenes({ seed: 3, size: side, scenes: 1, frames: 1, photons: 200 });
const clean = scene!.clean;
const contrast = Math.max(...clean.data) - Math.min(...clean.data);

/** The clean page with noise that is the mean of so many independent values along an axis. */
function noisyPage(seed: number, axis: "horizontal" | "vertical", over: number, level = 0.15): Plane {
  const random = counterRandom(seed, 0, 0);
  const length = side + over;
  const white = Float64Array.from({ length: length * length }, () => {
    const [u, v] = [(random.integer(1 << 24) + 1) / (1 << 24), random.integer(1 << 24) / (1 << 24)];
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  });
  const data = Float32Array.from({ length: side * side }, (_, i) => {
    const [y, x] = [Math.floor(i / side), i % side];
    let sum = 0;
    for (let k = 0; k < over; k++) {
      sum += white[axis === "horizontal" ? y * length + x + k : (y + k) * length + x]!;
    }
    return clean.data[i]! + (level * contrast * sum) / Math.sqrt(over);
  });
  return { width: side, height: side, data };
}

const pages = (axis: "horizontal" | "vertical", over: number, level?: number) =>
  [1, 2, 3, 4].map((seed) => pageInMemory(noisyPage(seed, axis, over, level)));

describe("noiseStructure", () => {
  it.each([
    ["horizontal", true],
    ["vertical", true],
    ["horizontal", false],
    ["vertical", false],
  ] as const)("%s, of captures of one field: %s", async (axis, oneField) => {
    for (const over of [3, 6]) {
      const found = await noiseStructure([{ noisy: pages(axis, over), oneField }]);
      expect(found?.axis).toBe(axis);
      // The mean of n values is correlated with those up to n - 1 pixels away.
      expect(found!.span).toBeGreaterThanOrEqual(over === 3 ? 3 : 5);
      expect(found!.span).toBeLessThanOrEqual(2 * (over - 1) + 1);
    }
  });

  it.each([true, false])(
    "finds nothing in noise that is smeared in all directions, of captures of one field: %s",
    async (oneField) => {
      // The mean of `over` pixels along rows, and of as many of these means along columns, or of one more.
      const smeared = (seed: number, over: number, down: number) => {
        const alongRows = noisyPage(seed, "horizontal", over, 0.05);
        const noise = Float64Array.from(alongRows.data, (value, i) => value - clean.data[i]!);
        const data = Float32Array.from(noise, (_, i) => {
          const [y, x] = [Math.floor(i / side), i % side];
          let sum = 0;
          for (let k = 0; k < down; k++) sum += noise[Math.min(y + k, side - 1) * side + x]!;
          return clean.data[i]! + sum / Math.sqrt(down);
        });
        return pageInMemory({ width: side, height: side, data });
      };
      for (const [over, down] of [
        [2, 2],
        [3, 3],
        [3, 4],
      ] as const) {
        const noisy = [1, 2, 3, 4].map((seed) => smeared(seed, over, down));
        if (!oneField && over !== down) continue; // of single pages, what one axis has more than the other is taken for the noise's
        expect(await noiseStructure([{ noisy, oneField }]), `${over} x ${down}`).toBeUndefined();
      }
    },
  );

  it("says where it looked no further", async () => {
    const found = await noiseStructure([{ noisy: pages("vertical", 60), oneField: true }]);
    expect(found).toEqual({ axis: "vertical", span: 31, furthest: true });
    const near = await noiseStructure([{ noisy: pages("vertical", 6), oneField: true }]);
    expect(near).toMatchObject({ axis: "vertical", furthest: false });
    const warnings: string[] = [];
    const configuration = resolveConfiguration(noise2void, "laptop", {
      ...{ structAxis: "auto", hiddenPercent: 100 },
    });
    const tell = (sentence: string): void => void warnings.push(sentence);
    const images = { normalization: fitNormalization([clean]), tell };
    for (const over of [6, 60]) {
      const scenes = [{ name: "streaks", noisy: pages("vertical", over), oneField: true }];
      expect(await noise2void.prepare!(configuration, { ...images, scenes })).toMatchObject({
        structAxis: "vertical",
      });
    }
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/correlated along columns over 31 pixels or more/);
    const suited = await noise2void.selfTraining!.suits([{ name: "", noisy: pages("vertical", 60) }]);
    expect(suited?.reason).toBe(
      "noise runs along columns, which it can be blind to over 31 pixels, as far as was looked",
    );
  });

  it.each([true, false])(
    "finds nothing in noise of single pixels, of captures of one field: %s",
    async (oneField) => {
      expect(await noiseStructure([{ noisy: pages("horizontal", 1), oneField }])).toBeUndefined();
      expect(await noiseStructure([{ noisy: pages("horizontal", 1, 0.02), oneField }])).toBeUndefined();
    },
  );

  it.each([true, false])(
    "passes over pages one pixel wide or high, captures of one field: %s",
    async (oneField) => {
      const line = (width: number, height: number) => {
        const noisy = [1, 2].map((seed) =>
          pageInMemory({
            width,
            height,
            data: Array.from(noisyPage(seed, "horizontal", 3).data).slice(0, width * height),
          }),
        );
        return { noisy, oneField };
      };
      expect(await noiseStructure([line(64, 1), line(1, 64), line(1, 1)])).toBeUndefined();
      const found = await noiseStructure([line(64, 1), { noisy: pages("vertical", 6), oneField }]);
      expect(found?.axis).toBe("vertical");
    },
  );

  it("takes fields one after the other, which lie as captures do, for what they are", async () => {
    const fields = simulateScenes({ seed: 8, size: side, scenes: 4, frames: 1, photons: 3000 });
    const noisy = fields.map(({ noisy: pages }) => pageInMemory(pages[0]!));
    // In the difference of two fields, structures would be taken for noise that neighbours share.
    expect(await noiseStructure([{ noisy, oneField: true }])).toBeUndefined();
  });

  it("looks at single pages where there are no captures, and at constant ones", async () => {
    const single = pages("horizontal", 4).map((page) => ({ noisy: [page] }));
    expect((await noiseStructure(single))?.axis).toBe("horizontal");
    const constant = pageInMemory({ width: 20, height: 8, data: new Float32Array(160).fill(3) });
    expect(await noiseStructure([{ noisy: [constant] }])).toBeUndefined();
  });
});
