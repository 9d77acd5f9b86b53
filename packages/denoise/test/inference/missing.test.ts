import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { type Image, type PixelType, pixelArray, simulateScenes } from "@clidim/imaging";
import { openStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { thorough } from "@clidim/testing/thorough";
import { beforeAll, describe, expect, test } from "vitest";
import { meanOfFrames } from "../../src/data/noisyPlane.js";
import { noiseOfPlane } from "../../src/data/pageNoise.js";
import { classicalPage } from "../../src/inference/blend.js";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import type { DenoiseFilesOptions } from "../../src/inference/denoiseFilesOptions.js";
import { maskedPage } from "../../src/inference/maskedPage.js";
import { train } from "../../src/training/train.js";
import { tiny, writeTinyData } from "../training/tinyData.js";

const folder = temporaryFolder();
const model = join(folder, "model");
const [scene] = simulateScenes({ seed: 1, size: 32, scenes: 1, frames: 4 });
const [first, second, third] = scene!.noisy as [Image, Image, Image];

beforeAll(async () => {
  const data = await writeTinyData(join(folder, "data"));
  await train({ method: clidim, ...data, out: model, overrides: { ...tiny, updates: 2 }, validation: 0 });
});

/** Where a pixel of 32 x 32 is missing: a border, and a dead pixel. */
const gone = (i: number): boolean => i < 5 * 32 || i % 32 >= 29 || i === 18 * 32 + 16;
const floats = (page: Image): Image<"float32"> => ({
  ...page,
  dtype: "float32",
  data: Float32Array.from(page.data),
});
const holed = (page: Image, value = Number.NaN): Image<"float32"> => {
  const whole = floats(page);
  return { ...whole, data: whole.data.map((grey, i) => (gone(i) ? value : grey)) };
};
const flat = (dtype: PixelType, value: number): Image =>
  ({ width: 32, height: 32, dtype, data: pixelArray(dtype, 32 * 32).fill(value) }) as Image;

async function pagesOf(path: string): Promise<Image[]> {
  const stack = await openStack(path);
  const pages: Image[] = [];
  for (let i = 0; i < stack.pageCount; i++) pages.push(await stack.readPage(i, { missing: "keep" }));
  await stack.close();
  return pages;
}

/** Denoises pages as a file. */
async function denoised(
  name: string,
  pages: readonly Image[],
  how: Partial<DenoiseFilesOptions> = { methods, model },
): Promise<{ pages: Image[]; warnings: string[]; out: string }> {
  const [file, out] = [join(folder, `${name}.tif`), join(folder, `${name}-out`)];
  await writeImageFile(file, pages);
  const warnings: string[] = [];
  const options = { ...how, out, files: [file] } as DenoiseFilesOptions; // one of the two ways, or none
  await denoiseFiles(options, { onWarning: (sentence) => warnings.push(sentence) });
  return { pages: await pagesOf(join(out, `${name}.tif`)), warnings, out };
}

const ways: readonly (readonly [string, Partial<DenoiseFilesOptions>])[] = [
  ["a model", { methods, model }],
  ["a model, by the image's own range", { methods, model, normalization: "image" }],
  ...methods.classical.map((method) => [method.name, { method }] as const),
];

/** Of what is around the methods, one of each kind. */
const kindsOfWays = ways.filter(
  ([name]) => thorough || !["bilateral", "wavelet-wiener", "nlm", "tv"].includes(name),
);

describe("missing pixels", () => {
  test.each(ways)("stay as they are, and nothing else does: %s", async (way, how) => {
    const name = way.replaceAll(/\W/g, "-");
    const { pages, warnings } = await denoised(
      name,
      [holed(first), holed(second, Infinity), floats(third)],
      how,
    );
    expect(warnings).toEqual([
      expect.stringMatching(/: \d+ pixels are NaN or infinite; they stay so in the result$/),
    ]);
    for (const [page, value] of [
      [0, Number.NaN],
      [1, Infinity],
    ] as const) {
      for (const [i, grey] of Array.from(pages[page]!.data).entries()) {
        if (gone(i)) expect(grey).toBe(value);
        else expect(Number.isFinite(grey)).toBe(true);
      }
    }
    expect(Array.from(pages[2]!.data).every(Number.isFinite)).toBe(true);
  });

  test("do not change what is made of the rest by more than a filter sees", async () => {
    const { pages: whole } = await denoised("whole", [floats(first)], {
      method: methods.classicalNamed("gaussian"),
    });
    const { pages } = await denoised("part", [holed(first)], { method: methods.classicalNamed("gaussian") });
    const inside = (i: number): boolean =>
      i % 32 > 3 && i % 32 < 23 && i > 11 * 32 && Math.abs(Math.floor(i / 32) - 18) > 5;
    // The noise is about 40, and the width of the blur, chosen on other pixels, another one.
    const squares = Array.from(pages[0]!.data).flatMap((grey, i) =>
      inside(i) ? [(grey - whole[0]!.data[i]!) ** 2] : [],
    );
    expect(Math.sqrt(squares.reduce((sum, square) => sum + square / squares.length, 0))).toBeLessThan(15);
  });

  const side = 64;
  const [wide] = simulateScenes({ seed: 4, size: side, scenes: 1, frames: 2 });
  /** A page that was turned by 45 degrees, of which half is left. */
  const outside = (i: number): boolean =>
    Math.abs((i % side) - side / 2) + Math.abs(Math.floor(i / side) - side / 2) > side / 2 - 1;
  const turned = (page: Image): Image<"float32"> => ({
    ...page,
    dtype: "float32",
    data: Float32Array.from(page.data, (grey, i) => (outside(i) ? Number.NaN : grey)),
  });
  const error = (page: Image): number => {
    let [sum, count] = [0, 0];
    for (const [i, clean] of wide!.clean.data.entries()) {
      if (outside(i)) continue;
      sum += (page.data[i]! - clean) ** 2;
      count++;
    }
    return Math.sqrt(sum / count);
  };

  test.each(methods.classical.filter(({ takesNoise }) => takesNoise).map((method) => [method.name, method]))(
    "are not taken for pixels without noise: %s",
    async (name, method) => {
      const [noisy] = wide!.noisy as [Image];
      const whole = await denoised(`square-${name}`, [noisy], { method });
      const wanted = error(whole.pages[0]!);
      expect(wanted).toBeLessThan(0.6 * error(noisy));
      const how = { method, ...(method.reach && { largestPage: 2500 }) };
      const { pages } = await denoised(`turned-${name}`, [turned(noisy)], how);
      expect(error(pages[0]!)).toBeLessThan(1.15 * wanted);
    },
  );

  test("of captures at once are not taken for pixels without noise, either, nor by what a model is a mean with", async () => {
    const frames = wide!.noisy as Image[];
    const page = maskedPage(meanOfFrames(frames.map(turned)));
    const whole = meanOfFrames(frames);
    const { data } = wide!.clean;
    const mean = data.reduce((sum, grey) => sum + grey, 0) / data.length;
    const [found, wanted] = [page.whole!, whole].map((plane) => {
      const { gain, offset } = noiseOfPlane(plane);
      return gain * mean + offset;
    });
    expect(Math.abs(found! / wanted! - 1)).toBeLessThan(0.15);
    const classical = { method: methods.classicalNamed("bm3d"), parameters: { strength: 1 } };
    const blended = await classicalPage(page.whole!, classical);
    const asWhole = await classicalPage(whole, classical);
    expect(error({ ...blended, dtype: "float32" } as Image)).toBeLessThan(
      1.15 * error({ ...asWhole, dtype: "float32" } as Image),
    );
  });

  test("have no uncertainty, and the report leaves them out", async () => {
    const how = { methods, model: [model, model], uncertainty: 2, report: true } as const;
    const { out } = await denoised("uncertain", [holed(first)], how);
    const { results } = JSON.parse(readFileSync(join(out, "denoised.json"), "utf8"));
    expect(results[0].uncertainty).toBe(2);
    const [map] = await pagesOf(join(out, "scatter", "uncertain.tif"));
    for (const [i, value] of Array.from(map!.data).entries()) expect(Number.isNaN(value)).toBe(gone(i));
    const report = JSON.parse(readFileSync(join(out, "uncertain.report.json"), "utf8"));
    expect(report.pages).toHaveLength(1);
    expect(Number.isFinite(report.pages[0].flux.ratio)).toBe(true);
  });
});

test.each([
  ["whole", {}],
  ["by bands", { largestPage: 8 * 32 }],
] as const)("infinite pixels are so in the result, and NaN in the map: %s", async (name, options) => {
  const page = holed(first, Number.POSITIVE_INFINITY);
  page.data[0] = Number.NEGATIVE_INFINITY;
  const how = { methods, model: [model, model], uncertainty: 2, ...options };
  const file = `infinite-${name.replace(" ", "-")}`;
  const { out, pages } = await denoised(file, [page], how);
  expect(pages[0]!.data[0]).toBe(Number.NEGATIVE_INFINITY);
  const [map] = await pagesOf(join(out, "scatter", `${file}.tif`));
  for (const [i, value] of Array.from(map!.data).entries()) {
    expect(Number.isNaN(value)).toBe(gone(i));
    expect(pages[0]!.data[i] === Number.POSITIVE_INFINITY).toBe(gone(i) && i > 0);
    if (!gone(i)) expect(Number.isFinite(value)).toBe(true);
  }
});

test("-Infinity of a file with a value for none becomes that, which is said", async () => {
  const how = { method: methods.classicalNamed("gaussian"), nodata: -9999 };
  const page = holed(first, -9999);
  const sentence = expect.stringMatching(/pixels of -Infinity are -9999 in the result/);
  expect((await denoised("nodata", [page], how)).warnings).not.toContainEqual(sentence);
  page.data[1000] = Number.NEGATIVE_INFINITY;
  const { pages, warnings } = await denoised("nodata-infinite", [page], how);
  expect(warnings).toContainEqual(sentence);
  expect(pages[0]!.data[1000]).toBe(-9999);
});

describe("a grey value that stands for no value", () => {
  const gaussian = { method: methods.classicalNamed("gaussian") };
  const numbers = (page: Image, value: number): Image<"uint16"> => {
    const data = Uint16Array.from(page.data, (grey, i) => (gone(i) ? value : grey));
    return { ...page, dtype: "uint16", data };
  };

  test.each(kindsOfWays)("is left out as NaN is, and is in the result: %s", async (way, how) => {
    const name = `value-${way.replaceAll(/\W/g, "-")}`;
    const { pages, warnings, out } = await denoised(name, [numbers(first, 65535), numbers(third, 65535)], {
      ...how,
      nodata: 65535,
    });
    const nans = await denoised(`${name}-nan`, [holed(first), holed(third)], how);
    expect(warnings).toEqual([
      expect.stringMatching(/: \d+ pixels are 65535, which stands for no value; they stay so in the result$/),
    ]);
    for (const [page, { dtype, data }] of pages.entries()) {
      expect(dtype).toBe("uint16");
      for (const [i, grey] of Array.from(data).entries()) {
        if (gone(i)) expect(grey).toBe(65535);
        else expect(Math.abs(grey - nans.pages[page]!.data[i]!)).toBeLessThanOrEqual(0.5);
      }
    }
    const { results } = JSON.parse(readFileSync(join(out, "denoised.json"), "utf8"));
    expect(results[0].input.nodata).toBe(65535);
  });

  test.each([
    ["whole", {}],
    ["bands", { largestPage: 500 }],
  ])("is told from NaN and infinity in floats, which stay as they are: %s", async (name, how) => {
    const value = (i: number): number => [-9999, Number.NaN, Infinity][i % 3]!;
    const { data, ...page } = floats(first);
    const mixed = { ...page, data: data.map((grey, i) => (gone(i) ? value(i) : grey)) };
    const { pages, warnings } = await denoised(`mixed-${name}`, [mixed], {
      ...{ ...gaussian, nodata: -9999 },
      ...how,
    });
    expect(warnings).toEqual([
      expect.stringMatching(
        /: \d+ pixels are -9999 \(which stands for no value\), NaN or infinite; they stay so/,
      ),
    ]);
    for (const [i, grey] of Array.from(pages[0]!.data).entries()) {
      if (gone(i)) expect(grey).toBe(value(i));
      else expect(Number.isFinite(grey) && grey > -9999).toBe(true);
    }
  });

  test.each([
    ["whole", {}],
    ["bands", { largestPage: 500 }],
  ])("has no uncertainty: %s", async (name, how) => {
    const uncertain = { methods, model: [model, model], uncertainty: 2, nodata: 65535, ...how } as const;
    const { out, pages } = await denoised(`no-map-${name}`, [numbers(first, 65535)], uncertain);
    const [map] = await pagesOf(join(out, "scatter", `no-map-${name}.tif`));
    for (const [i, error] of Array.from(map!.data).entries()) expect(Number.isNaN(error)).toBe(gone(i));
    for (const [i, grey] of Array.from(pages[0]!.data).entries()) expect(grey === 65535).toBe(gone(i));
  });

  test("is told of where no pixel is that value", async () => {
    const { warnings } = await denoised("nowhere", [first], { ...gaussian, nodata: 65536 });
    expect(warnings).toEqual([
      expect.stringMatching(
        /nowhere\.tif: none of the pixels that were denoised is 65536, which was said to stand for no value$/,
      ),
    ]);
  });

  test("is asked for where it only looks like one, unless it was said that it is none", async () => {
    const { warnings, pages } = await denoised("looks", [numbers(first, 65535)], gaussian);
    expect(warnings).toEqual([
      expect.stringMatching(
        /looks\.tif: 24 % of the pixels are exactly 65535, in areas, far from all others \(about \d+ to \d+\); .*nodata, 65535/,
      ),
    ]);
    expect(pages[0]!.dtype).toBe("uint16");
    expect(
      (await denoised("none", [numbers(first, 65535)], { ...gaussian, nodata: "none" })).warnings,
    ).toEqual([]);
    expect((await denoised("well", [first], gaussian)).warnings).toEqual([]);
  });
});

describe("blank pages", () => {
  test.each(kindsOfWays)("among others are copied and named: %s", async (way, how) => {
    const name = `blank-${way.replaceAll(/\W/g, "-")}`;
    const { pages, warnings } = await denoised(
      name,
      [first, flat("uint16", 0), second, flat("uint16", 9)],
      how,
    );
    expect(warnings).toEqual([
      expect.stringMatching(/: 2 of 4 pages are blank \(the first: 1\), and copied as they are$/),
    ]);
    expect(pages[1]!.data).toEqual(flat("uint16", 0).data);
    expect(pages[3]!.data).toEqual(flat("uint16", 9).data);
    expect(pages[0]!.data).not.toEqual(first.data);
  });

  test("do not count for the normalisation, nor do the others change", async () => {
    const how = { methods, model, normalization: "image" } as const;
    const { pages: alone } = await denoised("alone", [first, second], how);
    const { pages, warnings } = await denoised("among", [first, second, flat("uint16", 0)], how);
    expect(pages.slice(0, 2)).toEqual(alone);
    expect(warnings).toEqual([expect.stringMatching(/: page 2 is blank, and copied as it is$/)]);
  });

  test("without a finite value are copied as well", async () => {
    const { pages } = await denoised("empty", [flat("float32", Number.NaN), floats(first)]);
    expect(Array.from(pages[0]!.data).every(Number.isNaN)).toBe(true);
    expect(Array.from(pages[1]!.data).every(Number.isFinite)).toBe(true);
  });
});

describe("pixels far outside the training range", () => {
  const hot = (...at: number[]): Image<"float32"> => {
    const { data, ...page } = floats(first);
    return { ...page, data: data.map((grey, i) => (at.includes(i) ? 1e6 : grey)) };
  };

  test.each([
    ["whole", {}],
    ["bands", { largestPage: 500 }],
  ])("are counted and said: %s", async (name, how) => {
    const { warnings } = await denoised(`hot-${name}`, [hot(500, 1000), floats(second), hot(30)], {
      ...{ methods, model },
      ...how,
    });
    expect(warnings).toEqual([
      expect.stringMatching(/: 3 pixels lie far outside the grey values that the model was fitted to \(/),
    ]);
    const { warnings: none } = await denoised(`cold-${name}`, [floats(first)], { methods, model, ...how });
    expect(none).toEqual([]);
  });
});
