import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import type { Plane } from "../../src/image/image.js";
import { type LazyPage, pageInMemory } from "../../src/image/lazyPage.js";
import { gaussianBlur } from "../../src/noise/gaussianBlur.js";
import { measureFrames } from "../../src/noise/measureFrames.js";
import { measurePages } from "../../src/noise/measurePages.js";
import { measureSignal } from "../../src/noise/measureSignal.js";
import { histogramDensity } from "../../src/noise/noiseHistogram.js";
import { mixtureDensity, mixtureVariance } from "../../src/noise/noiseMixture.js";
import { simulateScenes } from "../../src/simulate/simulateScenes.js";

const [gain, black, readNoise, photons] = [4, 100, 2, 40];
const [width, height] = [96, 96];

/** Expected photons: a smooth scene, brighter to one corner. */
const expected = Float64Array.from({ length: width * height }, (_, i) => {
  const [x, y] = [i % width, Math.floor(i / width)];
  return (photons * (x + y + 6 * Math.sin(x / 9) + 6)) / (2 * width);
});

/** Captures of the scene; `light` is the part of the light that each has, `shift` how far it has moved. */
function frames(
  count: number,
  {
    light = () => 1,
    highest = 65535,
    seed = 1,
    shift = () => 0,
  }: {
    light?: (frame: number) => number;
    highest?: number;
    seed?: number;
    shift?: (frame: number) => number;
  } = {},
): Plane[] {
  return Array.from({ length: count }, (_, frame) => {
    const random = counterRandom(seed, frame);
    const data = expected.map((_, i) => {
      const from = Math.floor(i / width) * width + ((i + shift(frame)) % width);
      const electrons = random.poisson(light(frame) * expected[from]!) + readNoise * random.normal();
      return Math.min(highest, Math.max(0, Math.round(black + gain * electrons)));
    });
    return { width, height, data: Uint16Array.from(data) };
  });
}

const scene = (planes: readonly Plane[], name = "calibration.tif") => ({
  name,
  frames: planes.map(pageInMemory),
});
const near = (value: number, truth: number, part: number): void =>
  expect(Math.abs(value / truth - 1)).toBeLessThan(part);

describe("measureFrames", () => {
  test("finds a simulated camera: gain, offset, and with dark frames the black level and the read noise", async () => {
    const dark = frames(20, { light: () => 0, seed: 2 });
    const measured = await measureFrames([scene(frames(30))], { dark: [scene(dark, "dark.tif")] });
    near(measured.gain, gain, 0.02);
    near(measured.black!, black, 0.002);
    near(measured.readNoise!, readNoise, 0.02);
    near(measured.offset, (gain * readNoise) ** 2 + 1 / 12 - gain * black, 0.06);
    expect(measured.scatter).toBeLessThan(0.03);
    expect(measured).toMatchObject({ from: "frames", images: 30, warnings: [] });
    const pixels = measured.transfer.reduce((sum, point) => sum + point.pixels, 0);
    expect(pixels).toBe(width * height);
    for (const { signal, variance } of measured.transfer)
      near(variance, measured.gain * signal + measured.offset, 0.1);
  });

  test("a given black level tells the read noise; without it there is none", async () => {
    const stack = [scene(frames(30))];
    const measured = await measureFrames(stack, { black });
    near(measured.readNoise!, readNoise, 0.1);
    const without = await measureFrames(stack);
    expect(without).not.toHaveProperty("black");
    expect(without).not.toHaveProperty("readNoise");
  });

  test("names dark frames that are not of the camera setting of the others", async () => {
    const dark = frames(12, { light: () => 0, seed: 2 });
    const of = async (planes: readonly Plane[]) =>
      (await measureFrames([scene(frames(12))], { dark: [scene(planes, "dark.tif")] })).warnings.filter(
        (sentence) => sentence.includes("dark.tif"),
      );
    expect(await of(dark)).toEqual([]);
    const changed = (change: (value: number) => number) =>
      dark.map((page) => ({ ...page, data: Float32Array.from(page.data, change) }));
    // As with four times the read noise.
    const [noisier] = await of(changed((value) => black + 4 * (value - black)));
    expect(noisier).toMatch(
      /^the dark frames dark\.tif have a variance of 1[.\d]+e\+3 at \d+\.?\d* grey values, where the line through the others has .*: expected dark frames with the gain, exposure and black level of the others$/,
    );
    const [brighter] = await of(changed((value) => value + 100));
    expect(brighter).toMatch(
      /^the dark frames dark\.tif are brighter \(\d+\.?\d* grey values\) than the darkest pixels of the others/,
    );
  });

  test("histogram and mixture have the variance of the noise, at dark and bright signals", async () => {
    const { histogram, mixture } = await measureFrames([scene(frames(30))]);
    const density = histogramDensity(histogram!);
    for (const level of [8, 20, 36]) {
      const signal = black + gain * level;
      const truth = gain * gain * (level + readNoise * readNoise) + 1 / 12;
      near(mixtureVariance(mixture!, signal), truth, 0.08);
      let [sum, mean, square] = [0, 0, 0];
      const step = (histogram!.high - histogram!.low) / histogram!.bins;
      for (let x = histogram!.low + step / 2; x < histogram!.high; x += step) {
        const p = density(x, signal) * step;
        sum += p;
        mean += p * x;
        square += p * x * x;
      }
      expect(sum).toBeCloseTo(1, 6);
      near(square - mean * mean, truth, 0.15);
    }
  });

  test.each([2, 4])("so they have of %i frames, whose mean has a part of the noise", async (count) => {
    const { histogram, mixture } = await measureFrames([scene(frames(count))]);
    const signal = black + gain * 20;
    const truth = gain * gain * (20 + readNoise ** 2);
    near(mixtureVariance(mixture!, signal), truth, 0.12);
    const density = histogramDensity(histogram!);
    // Of several signals, as there are few observations of each.
    let [mass, square] = [0, 0];
    for (let s = signal - 20; s <= signal + 20; s++) {
      for (let x = histogram!.low; x < histogram!.high; x++) {
        mass += density(x, s);
        square += density(x, s) * (x - s) ** 2;
      }
    }
    near(square / mass, truth, 0.15);
  });

  test.each([
    [2, 4],
    [10, 4],
    [2, 1],
  ])(
    "the histogram of %i frames of whole grey values has no gaps: noise of %d grey values",
    async (count, sigma) => {
      const [side, top] = [128, 180];
      const planes = Array.from({ length: count }, (_, frame) => {
        const random = counterRandom(5, frame);
        const data = Uint16Array.from({ length: side * side }, (_, i) =>
          Math.round(100 + ((top - 100) * (i % side)) / side + sigma * random.normal()),
        );
        return { width: side, height: side, data };
      });
      const { counts, bins, low, high } = (await measureFrames([scene(planes)])).histogram!;
      expect(high - low).toBe(bins);
      /** How often an observation was so many grey values above the signal, rounded off. */
      const deviations = new Map<number, number>();
      let [total, sum, square] = [0, 0, 0];
      counts.forEach((often, at) => {
        const deviation = (at % bins) - Math.floor(at / bins);
        deviations.set(deviation, (deviations.get(deviation) ?? 0) + often);
        total += often;
        sum += often * deviation;
        square += often * deviation ** 2;
      });
      expect(total).toBe(count * side * side);
      // The rounding off of the signal has the variance 1 / 12, as that of the frames has.
      near(square / total - (sum / total) ** 2 - 1 / 12, sigma ** 2 + 1 / 12, sigma === 1 ? 0.2 : 0.05);
      const at = (deviation: number): number => deviations.get(deviation)!;
      for (let k = -6; k <= 6 && sigma > 1; k++) {
        // As of a normal distribution, half a grey value above the signal.
        const ratio = at(k + 1) / at(k);
        near(ratio, Math.exp(-k / (sigma ** 2 + 1 / 6)), 0.15);
      }
    },
  );

  test("grey values beyond those of the frames do not fill the outermost bins", async () => {
    const planes = Array.from({ length: 2 }, (_, frame) => {
      const random = counterRandom(6, frame);
      const data = Uint16Array.from({ length: width * height }, () => 100 + random.integer(21));
      return { width, height, data };
    });
    const { counts, bins } = (await measureFrames([scene(planes)])).histogram!;
    const columns = Array.from({ length: bins }, (_, column) =>
      Array.from({ length: bins }, (_, row) => counts[row * bins + column]!).reduce((a, b) => a + b),
    );
    for (const [outermost, next] of [
      [columns[0]!, columns[1]!],
      [columns.at(-1)!, columns.at(-2)!],
    ]) {
      expect(outermost).toBeLessThan(1.5 * next!);
    }
  });

  test("the histogram is as fine of images in other units, and the same of whole grey values in floats", async () => {
    const planes = frames(12);
    const scaled = (factor: number): Plane[] =>
      planes.map((plane) => ({ ...plane, data: Float32Array.from(plane.data, (value) => value / factor) }));
    const { histogram } = await measureFrames([scene(planes)]);
    expect((await measureFrames([scene(scaled(1))])).histogram).toEqual(histogram);
    const { low, high, bins, counts } = (await measureFrames([scene(scaled(65535))])).histogram!;
    expect(low * 65535).toBeCloseTo(histogram!.low, 2);
    expect(high).toBeLessThan(1.01 * (histogram!.high / 65535));
    const rows = Array.from({ length: bins }, (_, row) =>
      counts.slice(row * bins, (row + 1) * bins).reduce((a, b) => a + b),
    );
    expect(rows.filter((count) => count > 0).length).toBeGreaterThan(bins / 4);
  });

  test("bleaching does not touch the gain, and is said; so are few frames, a moving sample, clipping", async () => {
    const bleached = await measureFrames([scene(frames(30, { light: (frame) => 1 - 0.01 * frame }))]);
    near(bleached.gain, gain, 0.03);
    expect(bleached.warnings.join("\n")).toMatch(
      /brightness of the frames of calibration.tif differs by 4\d\.\d % \(above/,
    );
    near(mixtureVariance(bleached.mixture!, black + gain * 20), gain * gain * (20 + readNoise ** 2), 0.1);
    const few = await measureFrames([scene(frames(4))]);
    expect(few.warnings.join("\n")).toMatch(
      /calibration.tif has 4 frames; the expectation of a pixel is well known from 10 on/,
    );
    expect(few.distributionWarnings).toEqual(few.warnings);
    const moved = await measureFrames([scene(frames(30, { shift: (frame) => Math.floor(frame / 2) }))]);
    expect(moved.warnings.join("\n")).toMatch(/% more over all frames than from one to the next/);
    expect(moved.distributionWarnings).toEqual([expect.stringMatching(/% more over all frames/)]);
    const clipped = await measureFrames([scene(frames(30, { highest: 220 }))]);
    expect(clipped).not.toHaveProperty("distributionWarnings");
    expect(clipped.warnings.join("\n")).toMatch(/\d\.\d % of the pixels of calibration.tif are 220: clipped/);
    near(clipped.gain, gain, 0.06);
  });

  test("cameras with different gains are told apart; one page is no stack; a constant one tells nothing", async () => {
    const other = frames(20).map((plane) => ({
      ...plane,
      data: Uint16Array.from(plane.data, (value) => 2 * value),
    }));
    const { warnings } = await measureFrames([scene(frames(20)), scene(other, "other.tif")]);
    expect(warnings.join("\n")).toMatch(
      /gain of other.tif is (7|8)\.\d+, that of calibration.tif (3|4)\.\d+/,
    );
    await expect(measureFrames([scene(frames(1), "one.tif")])).rejects.toThrow(
      /one.tif has one page, expected at least 2 frames of a still scene; a single image is measured/,
    );
    const dark = [scene(frames(1), "dark.tif")];
    await expect(measureFrames([scene(frames(3))], { dark })).rejects.toMatchObject({
      message: expect.stringMatching(
        /dark.tif has one page, expected at least 2 frames without light, .* grey value without light \(black\)/,
      ),
      keys: ["dark", "black"],
    });
    const constant = { width: 4, height: 4, data: new Uint8Array(16).fill(7) };
    await expect(measureFrames([scene([constant, constant], "flat.tif")])).rejects.toThrow(
      /flat.tif: all frames are blank \(every pixel is 7\)/,
    );
  });

  test("blank frames, such as dropped ones, are left out and told of", async () => {
    const planes = frames(12);
    const blank = { width, height, data: new Uint16Array(width * height) };
    const {
      images,
      gain: found,
      warnings,
    } = await measureFrames([scene([...planes.slice(0, 5), blank, ...planes.slice(5), blank])]);
    near(found, gain, 0.05);
    expect(images).toBe(12);
    expect(warnings).toEqual(["2 of 14 pages of calibration.tif are blank (every pixel is 0) and left out"]);
    await expect(measureFrames([scene([planes[0]!, blank], "one.tif")])).rejects.toThrow(
      /one\.tif: all frames but one are blank \(every pixel is 0\)/,
    );
  });

  test("scenes of one brightness neither drift nor have gains that are surely different", async () => {
    const flat = (level: number, seed: number): Plane[] => {
      return Array.from({ length: 12 }, (_, frame) => {
        const random = counterRandom(seed, frame);
        // The light of a lamp, that flickers by half a per cent.
        const electrons = (): number =>
          random.poisson(level * (1 + 0.005 * (frame % 2))) + 2 * random.normal();
        const data = Uint16Array.from({ length: 64 * 64 }, () => Math.round(black + 2 * electrons()));
        return { width: 64, height: 64, data };
      });
    };
    const scenes = [scene(flat(100, 2), "flat"), scene(flat(300, 3), "bright")];
    expect((await measureFrames(scenes, { black })).warnings).toEqual([]);
  });

  test("says how far it is, ends when it is told to", async () => {
    const done: number[] = [];
    await measureFrames([scene(frames(3))], { onProgress: (at, total) => done.push(at / total) });
    expect(done).toHaveLength(6);
    expect(done.at(-1)).toBe(1);
    const controller = new AbortController();
    const measuring = measureFrames([scene(frames(3))], {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    await expect(measuring).rejects.toThrow("enough");
  });
});

test("measurePages tells gain and offset of single images of structures, and of no more", async () => {
  const scenes = simulateScenes({ seed: 4, size: 128, scenes: 3, frames: 1, gain, offset: black, readNoise });
  const images = scenes.map(({ noisy, name }) => scene(noisy, name));
  const measured = await measurePages(images, { black });
  near(measured.gain, gain, 0.12);
  near(measured.readNoise!, readNoise, 0.12);
  expect(measured).toMatchObject({ from: "pages", images: 3 });
  expect(measured).not.toHaveProperty("histogram");
  expect(measured).not.toHaveProperty("mixture");
  const small = { width: 12, height: 40, data: new Uint8Array(480) };
  await expect(measurePages([scene([small], "small.tif")])).rejects.toThrow(/small.tif is 12 x 40 pixels/);
  const ramp = { width: 32, height: 32, data: Float64Array.from({ length: 1024 }, (_, i) => i % 32) };
  await expect(measurePages([scene([ramp], "ramp.tif")])).rejects.toThrow(/no.* to measure|none to measure/);
});

describe("variances off the line", () => {
  const page = (side: number, seed: number, curve: (grey: number) => number): Plane => {
    const random = counterRandom(7, side, seed);
    const data = Float32Array.from({ length: side * side }, (_, i) =>
      curve(100 + 2 * (random.poisson(50 + (100 * (i % side)) / side) + 2 * random.normal())),
    );
    return { width: side, height: side, data };
  };
  const isTold = async (plane: Plane): Promise<boolean> => {
    const { warnings } = await measurePages([scene([plane])]);
    return warnings.some((sentence) => sentence.includes("off the line"));
  };

  test("are not told of small images of Poisson-Gaussian noise, whose variances are uncertain", async () => {
    let told = 0;
    for (let seed = 0; seed < 20; seed++) {
      for (const side of [32, 64]) if (await isTold(page(side, seed, Math.round))) told++;
    }
    expect(told).toBeLessThan(3);
  });

  test("are told of larger ones with another curve of grey values", async () => {
    expect(await isTold(page(256, 0, (grey) => (grey - 90) ** 3 / 1e5))).toBe(true);
    expect(await isTold(page(256, 0, (grey) => grey))).toBe(false);
  });
});

test("a blank page among single images is left out and told of", async () => {
  const [plane] = frames(1);
  const blank = { width, height, data: new Uint16Array(width * height) };
  const { images, warnings } = await measurePages([scene([plane!, blank])]);
  expect(images).toBe(1);
  expect(warnings).toEqual(["1 of 2 pages of calibration.tif is blank (every pixel is 0) and left out"]);
  expect((await measurePages([scene([plane!]), scene([blank, blank], "blank.tif")])).warnings).toEqual([
    "2 of 2 pages of blank.tif are blank (every pixel is 0) and left out",
  ]);
});

describe("of large pages a part is read", () => {
  const [plane] = frames(1);
  const blank = { ...plane!, data: new Uint16Array(width * height) };
  /** Whether the middle of a page of 5000 x 5000 is one value, as a tile that a slide scanner left out; where the page is read, and what there is to be seen. */
  function slide(isBlank: boolean) {
    const windows: [number, number, number, number][] = [];
    const page: LazyPage = {
      ...{ width: 5000, height: 5000, dtype: "uint16" },
      read: async (window) => {
        const { x, y, ...size } = window!;
        windows.push([x, y, size.width, size.height]);
        return isBlank && x === 1476 && y === 1476 ? blank : plane!;
      },
    };
    return { page, windows };
  }
  const middle = [1476, 1476, 2048, 2048];

  test("the middle", async () => {
    const { page, windows } = slide(false);
    const { images } = await measurePages([{ name: "large.tif", frames: [page] }]);
    expect(images).toBe(1);
    expect(windows).toEqual([middle, middle]);
    const long = { ...page, width: 60_000, height: 100 };
    await measurePages([{ name: "long.tif", frames: [long] }]);
    expect(windows.at(-1)).toEqual([9028, 0, 41_943, 100]);
  });

  test("or what is nearest to it, where the middle is blank, and the same of all frames of a scene", async () => {
    const { page, windows } = slide(true);
    const { images } = await measurePages([{ name: "slide.tif", frames: [page] }]);
    expect(images).toBe(1);
    expect(windows).toEqual([middle, [1476, 0, 2048, 2048], [1476, 0, 2048, 2048]]);
    const seen: number[] = [];
    const frame: LazyPage = {
      ...page,
      read: async (window) => {
        seen.push(window!.y);
        if (seen.length > 2) throw new Error("enough");
        return page.read(window);
      },
    };
    const other: LazyPage = { ...frame, read: (window) => frame.read(window) };
    await expect(measureFrames([{ name: "slide.tif", frames: [frame, other] }])).rejects.toThrow("enough");
    expect(seen).toEqual([1476, 0, 0]);
  });
});

test("measureSignal takes the clean image for the signal, or a denoised one", async () => {
  const noisy = frames(1)[0]!;
  const clean = { width, height, data: expected.map((value) => black + gain * value) };
  const pair = { name: "noisy.tif", noisy: pageInMemory(noisy), signal: pageInMemory(clean) };
  const measured = await measureSignal([pair]);
  near(measured.gain, gain, 0.08);
  const signal = black + gain * 20;
  near(mixtureVariance(measured.mixture!, signal), gain * gain * (20 + readNoise ** 2), 0.12);
  expect(mixtureDensity(measured.mixture!, signal, signal)).toBeGreaterThan(0);
  const denoised = await measureSignal([{ ...pair, signal: pageInMemory(gaussianBlur(noisy, 2)) }]);
  near(denoised.gain, gain, 0.15);
  const small = pageInMemory({ width: 2, height: 2, data: [1, 2, 3, 4] });
  await expect(measureSignal([{ ...pair, signal: small }])).rejects.toThrow(
    /noisy.tif is 96 x 96 pixels and its signal 2 x 2/,
  );
});

test("measureSignal tells of clipped images and of gains that differ", async () => {
  const noisy = frames(1)[0]!;
  const clean = { width, height, data: expected.map((value) => black + gain * value) };
  const changed = (name: string, plane: Plane, change: (value: number) => number) => ({
    name,
    noisy: pageInMemory({ ...plane, data: Float32Array.from(plane.data, change) }),
    signal: pageInMemory({ ...clean, data: Float32Array.from(clean.data, change) }),
  });
  const { images, warnings } = await measureSignal([
    changed("blank.tif", { ...noisy, data: new Uint16Array(width * height) }, (value) => value),
    changed("a.tif", noisy, (value) => Math.min(value, 220)),
    changed("b.tif", noisy, (value) => 3 * value),
  ]);
  expect(images).toBe(2);
  expect(warnings[0]).toBe("1 of 3 pages of the images is blank (every pixel is 0) and left out");
  expect(warnings.join("\n")).toMatch(/of the pixels of a\.tif are 220: clipped/);
  expect(warnings.join("\n")).toMatch(/the gain of b\.tif is 1[12]\.\d, that of a\.tif [34]\.\d+/);
});
