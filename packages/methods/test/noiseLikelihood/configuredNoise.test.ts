import {
  counterRandom,
  fitNormalization,
  measureFrames,
  mixtureVariance,
  type Plane,
  pageInMemory,
} from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import { noiseOf } from "../../src/noiseLikelihood/configuredNoise.js";

const side = 64;
const [gain, black, readNoise] = [3, 100, 1];

/** Captures of a scene of blobs that moves by so many pixels from one to the next, under a lamp that flickers by this standard deviation. */
function captures(count: number, speed: number, { light = 20, flicker = 0 } = {}): Plane[] {
  return Array.from({ length: count }, (_, frame) => {
    const random = counterRandom(1, frame);
    const brightness = light * (1 + flicker * random.normal());
    const data = Uint16Array.from({ length: side * side }, (_, i) => {
      const [x, y] = [(i % side) + speed * frame, Math.floor(i / side)];
      const photons = brightness * (1 + 0.75 * Math.sin(x / 3) * Math.sin(y / 3));
      return Math.max(0, Math.round(black + gain * (random.poisson(photons) + readNoise * random.normal())));
    });
    return { width: side, height: side, data };
  });
}

/** What is configured for these captures, and what is told. */
async function configured(
  planes: readonly Plane[],
  distribution: Parameters<typeof noiseOf>[0] = "auto",
  more: Partial<Parameters<typeof noiseOf>[1]> = {},
) {
  const told: string[] = [];
  const noise = await noiseOf(distribution, {
    scenes: [{ name: "lapse.tif", noisy: planes.map(pageInMemory), oneField: true }],
    normalization: fitNormalization(planes, { mode: "standard" }),
    tell: (sentence) => void told.push(sentence),
    ...more,
  });
  return { noise, told };
}

const truthAt = (signal: number): number => gain * (signal - black) + (gain * readNoise) ** 2;
const signal = black + gain * 20;

describe("noiseOf", () => {
  test("takes the mixture of captures of a still scene", async () => {
    const { noise, told } = await configured(captures(12, 0));
    expect(noise.mixture!.weight).toHaveLength(3);
    expect(Math.abs(mixtureVariance(noise.mixture!, signal) / truthAt(signal) - 1)).toBeLessThan(0.15);
    expect(told).toEqual([]);
  });

  test("takes the line where a slow movement makes the mixture wider, and tells so", async () => {
    const planes = captures(20, 0.4);
    const { noise, told } = await configured(planes);
    expect(noise.from).toBe("frames");
    expect(noise.mixture!.weight).toHaveLength(1);
    expect(Math.abs(mixtureVariance(noise.mixture!, signal) / truthAt(signal) - 1)).toBeLessThan(0.15);
    expect(told.join("\n")).toMatch(
      /the mixture has \d\.\d times the variance that the line of the noise says .*: the noise is learnt as a normal distribution with the variance of the line; set distribution to mixture/,
    );
    // That it moves is told once: what the measurement says of histogram and mixture is of no account then.
    expect(told).toHaveLength(1);
    // So it is with a measurement that comes from a file.
    const measured = await measureFrames([{ name: "lapse.tif", frames: planes.map(pageInMemory) }]);
    expect((await configured(planes, "auto", { noise: measured })).noise).toEqual(noise);
    const asked = await configured(planes, "mixture", { noise: measured });
    expect(mixtureVariance(asked.noise.mixture!, signal)).toBeGreaterThan(1.2 * truthAt(signal));
    expect(asked.told.join("\n")).toMatch(/the noise is learnt to be so; set distribution to gaussian/);
  });

  test("takes the mixture where flickering light makes the line wider", async () => {
    const planes = captures(20, 0, { light: 300, flicker: 0.05 });
    const { noise, told } = await configured(planes);
    const bright = black + gain * 300;
    expect(noise.gain * bright + noise.offset).toBeGreaterThan(1.25 * truthAt(bright));
    expect(noise.mixture!.weight).toHaveLength(3);
    expect(Math.abs(mixtureVariance(noise.mixture!, bright) / truthAt(bright) - 1)).toBeLessThan(0.15);
    expect(told.join("\n")).not.toContain("the mixture has");
  });

  test("tells what is wrong with histogram and mixture where one of them is learnt", async () => {
    const clipped = captures(5, 0).map((plane) => ({
      ...plane,
      data: Uint16Array.from(plane.data, (value) => Math.min(value, 190)),
    }));
    const scenes = Array.from({ length: 4 }, (_, i) => ({
      ...{ name: `${i}.tif`, noisy: clipped.map(pageInMemory), oneField: true },
    }));
    // Four have place: of a line all of what bears on it.
    const ofClipping = Array.from({ length: 4 }, (_, i) =>
      expect.stringMatching(`of ${i}.tif are 190: clipped`),
    );
    expect((await configured(clipped, "gaussian", { scenes })).told).toEqual(ofClipping);
    const { told } = await configured(clipped, "histogram", { scenes });
    expect(told[1]).toContain("0.tif has 5 frames; the expectation of a pixel is well known from 10 on");
    expect(told.at(-1)).toContain("there are 4 more such warnings");
  });

  test("the variance of the line ends at a hundredth of that in the middle of the images' own grey values", async () => {
    const planes = captures(3, 0);
    const { low, high } = fitNormalization(planes, { mode: "standard" });
    // No noise at all at the darkest grey values.
    const line = { gain, offset: -gain * low };
    const measured = { from: "pages", images: 1, ...line, scatter: 0, transfer: [], warnings: [] } as const;
    const { noise } = await configured(planes, "gaussian", { noise: measured });
    const middle = (gain * (high - low)) / 2;
    expect(mixtureVariance(noise.mixture!, low) / middle).toBeCloseTo(0.01, 6);
    expect(mixtureVariance(noise.mixture!, low + (high - low) / 50)).toBeCloseTo(
      (gain * (high - low)) / 50,
      6,
    );
  });

  test("tells a few of many warnings", async () => {
    const planes = captures(12, 0).map((plane) => ({
      ...plane,
      data: Uint16Array.from(plane.data, (value) => Math.min(value, 170)),
    }));
    const { told } = await configured(planes, "gaussian", {
      scenes: planes.map((plane, i) => ({ name: `${i}.tif`, noisy: [pageInMemory(plane)] })),
    });
    expect(
      told.slice(0, 4).every((sentence) => /% of the pixels of \d\.tif are 170: clipped/.test(sentence)),
    ).toBe(true);
    expect(told.join("\n")).toMatch(/there are \d+ more such warnings/);
  });
});
