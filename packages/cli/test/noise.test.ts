import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  counterRandom,
  type Image,
  parseNoiseMeasurement,
  simulateScenes,
  stabilized,
} from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { blockMatching3d } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { run } from "./run.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

const [gain, black, readNoise] = [4, 100, 2];

/** Frames of an even slope of light, or of none. */
function frames(count: number, light: number, of = gain): Image<"uint16">[] {
  const size = 64;
  return Array.from({ length: count }, (_, frame) => {
    const random = counterRandom(3, frame);
    const data = Uint16Array.from({ length: size * size }, (_, i) => {
      const electrons = random.poisson((light * (i % size)) / size) + readNoise * random.normal();
      return Math.max(0, Math.round(black + of * electrons));
    });
    return { width: size, height: size, dtype: "uint16", data };
  });
}

beforeAll(async () => {
  const [scene] = simulateScenes({ size: 64, scenes: 1, frames: 2, gain, offset: black, readNoise });
  await writeImageFile(at("image.tif"), scene!.noisy);
  await writeImageFile(at("clean.tif"), [scene!.clean, scene!.clean]);
  await writeImageFile(at("slide.tif"), frames(20, 60));
  await writeImageFile(at("dark.tif"), frames(10, 0));
  await writeImageFile(at("other.tif"), frames(2, 60, 3 * gain));
  await writeImageFile(
    at("copies.tif"),
    Array.from({ length: 12 }, () => frames(1, 60)[0]!),
  );
  for (const [i, frame] of frames(12, 60).entries()) await writeImageFile(at(`single${i}.tif`), [frame]);
});

/** The measurement that `--json` prints. */
async function measured(...args: string[]) {
  const { code, out, err } = await run("noise", "--json", ...args);
  expect(code, err).toBe(0);
  const lines = out.trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  const { type, out: file, plot, ...figures } = JSON.parse(lines[0]!);
  expect(type).toBe("noise");
  // As a file has it, that what is printed is checked.
  return parseNoiseMeasurement(JSON.stringify({ format: "clidim-noise", version: 1, ...figures }), "--json");
}

const near = (value: number | undefined, truth: number, part: number): void =>
  expect(Math.abs(value! / truth - 1)).toBeLessThan(part);

describe("noise", () => {
  test("copies of one frame have no noise to measure, and no file is written", async () => {
    const { code, err } = await run("noise", "--static", at("copies.tif"), "--out", at("none.json"));
    expect(code).toBe(2);
    expect(err).toMatch(/copies\.tif: there is no noise to be seen .*not copies of one frame/);
    expect(existsSync(at("none.json"))).toBe(false);
  });

  test("the automatic choice says that measured noise is not that of the image, whatever it takes", async () => {
    await run("noise", "--static", at("other.tif"), "--out", at("other.json"));
    const { code, out, err } = await run(
      ...["denoise", "--noise", at("other.json"), "--out", at("automatic"), at("image.tif")],
    );
    expect(code, err).toBe(0);
    expect(out).toMatch(/taken automatically/);
    expect(err).toMatch(/the noise of .*image\.tif seems to be 0\.\d+ times that of the calibration/);
  });

  test("--static measures frames, with dark ones black level and read noise; the file and the pictures hold it", async () => {
    const paths = ["--out", at("noise.json"), "--plot", at("noise.html")];
    const { code, out, err } = await run(
      "noise",
      "--static",
      at("slide.tif"),
      "--dark",
      at("dark.tif"),
      ...paths,
    );
    expect(code, err).toBe(0);
    expect(out).toMatch(/^Measured on 20 images, repeated frames of still scenes$/m);
    expect(out).toMatch(
      /^Gain (3\.9|4\.0)\d+ grey values per electron, offset -3\d\d\.\d grey values squared \(within \d\.\d %\)$/m,
    );
    expect(out).toMatch(/^Black level (99|100)\.\d+ grey values, read noise (1\.9|2\.0)\d electrons$/m);
    expect(out).toMatch(/^Distribution: a histogram, and a mixture of 3 normal distributions$/m);
    expect(out).toContain(`-> ${at("noise.json")}`);
    const stored = parseNoiseMeasurement(readFileSync(at("noise.json"), "utf8"), "noise.json");
    near(stored.gain, gain, 0.04);
    near(stored.readNoise, readNoise, 0.04);
    expect(stored.histogram!.counts.reduce((a, b) => a + b)).toBe(20 * 64 * 64);
    expect(stored.provenance).toMatchObject({ files: [at("slide.tif")], dark: [at("dark.tif")] });
    const html = readFileSync(at("noise.html"), "utf8");
    expect(html).toMatch(/<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(html).toMatch(/<td>read noise<td>(1\.9|2\.0)\d+ electrons/);
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
    const again = await run("noise", "--static", at("slide.tif"), "--out", at("noise.json"));
    expect(again.code).toBe(2);
    expect(again.err).toMatch(/noise.json is there already; overwrite it, or choose another name \(--out\)/);
    const replaced = await run("noise", at("image.tif"), "--out", at("noise.json"), "--overwrite");
    expect(replaced.code, replaced.err).toBe(0);
    expect(JSON.parse(readFileSync(at("noise.json"), "utf8"))).toMatchObject({ from: "pages" });
  });

  test("what is no file of its own is not replaced, nor an input, nor one of its files by the other", async () => {
    const before = readFileSync(at("image.tif"));
    const drawn = ["--out", at("kept.json"), "--plot", at("kept.svg"), at("image.tif")];
    const refused = async (message: RegExp, ...args: string[]): Promise<void> => {
      const { code, err } = await run("noise", ...args, "--overwrite");
      expect(code).toBe(2);
      expect(err).toMatch(message);
    };
    await refused(
      /image\.tif would overwrite the input .*image\.tif; choose another name \(--out\)/,
      ...[at("image.tif#0"), "--out", at("image.tif")],
    );
    await refused(
      /clean\.tif would overwrite the input/,
      ...[at("image.tif"), "--signal", at("clean.tif"), "--out", at("clean.tif")],
    );
    await refused(
      /slide\.tif is there already and is no noise model; choose another name \(--out\)/,
      ...[at("image.tif"), "--out", at("slide.tif")],
    );
    await refused(
      /both\.svg is asked for twice; give each file a name of its own \(--out, --plot\)/,
      ...[at("image.tif"), "--out", at("both.svg"), "--plot", join(folder, ".", "both.svg")],
    );
    await refused(/nowhere/, at("image.tif"), "--out", at("nowhere/noise.json"));
    expect(readFileSync(at("image.tif")).equals(before)).toBe(true);
    expect(existsSync(at("both.svg"))).toBe(false);
    expect((await run("noise", ...drawn)).code).toBe(0);
    const again = await run("noise", ...drawn, "--overwrite");
    expect(again.code, again.err).toBe(0);
    const html = await run("noise", at("image.tif"), "--plot", at("kept.html"));
    expect(html.code, html.err).toBe(0);
    expect((await run("noise", at("image.tif"), "--plot", at("kept.html"), "--overwrite")).code).toBe(0);
    await refused(
      /kept\.svg is there already and is no noise model/,
      ...[at("image.tif"), "--out", at("kept.svg")],
    );
  });

  test("pixels of the value that stands for none are left out, as NaN is", async () => {
    const value = 9999;
    const border = (image: Image<"uint16">): Image<"uint16"> => ({
      ...image,
      data: image.data.map((pixel, i) => (i % 64 < 12 ? value : pixel)),
    });
    const planes = frames(20, 60);
    await writeImageFile(at("border.tif"), planes.map(border));
    await writeImageFile(
      at("nan.tif"),
      planes.map(({ width, height, data }) => ({
        ...{ width, height, dtype: "float32" as const },
        data: Float32Array.from(data, (pixel, i) => (i % 64 < 12 ? Number.NaN : pixel)),
      })),
    );
    await writeImageFile(
      at("grid.tif"),
      planes.map((image) => ({
        ...image,
        data: image.data.map((pixel, i) => (i % 3 === 0 ? value : pixel)),
      })),
    );
    const sentence =
      /border\.tif has pixels that are 9999 .*; the part without any is used, 52 x 64 pixels at x 12/;
    const stills = await measured(
      ...["--static", at("border.tif"), "--nodata", "9999", "--out", at("border.json")],
    );
    near(stills.gain, gain, 0.05);
    expect(stills.warnings.join("\n")).toMatch(sentence);
    // Whole grey values still, each of which has as many in a bin.
    const { low, high, bins } = parseNoiseMeasurement(readFileSync(at("border.json"), "utf8"), "border.json")
      .histogram!;
    expect([low, (high - low) / bins].every(Number.isInteger)).toBe(true);
    expect((await measured("--static", at("nan.tif"))).gain).toBe(stills.gain);
    const pages = await measured(at("border.tif#0-3"), "--nodata", "9999");
    near(pages.gain, gain, 0.25);
    expect(pages.warnings.join("\n")).toMatch(/52 x 64 pixels at x 12/);
    const signals = await measured(at("nan.tif"), "--signal", at("nan.tif")).catch(
      (error: Error) => error.message,
    );
    expect(signals).toMatch(/there is no noise to be seen/);
    const alike = await measured(
      "--calibration",
      at("slide.tif"),
      "--nodata",
      "9999",
      "--",
      at("border.tif"),
    );
    expect(alike.warnings).toEqual([]);
    const { code, err } = await run("noise", at("grid.tif"), "--nodata", "9999");
    expect(code).toBe(2);
    expect(err).toMatch(
      /grid\.tif: at 33\.\d % of the places a pixel is 9999 \(which stands for no value\).*cut the images to a part without any/,
    );
  });

  test("files of one page each are the frames of one scene", async () => {
    const { images, gain: found } = await measured("--static", at("single*.tif"));
    expect(images).toBe(12);
    near(found, gain, 0.06);
  });

  test("single images tell gain and offset; a black level the read noise as well", async () => {
    const found = await measured(at("image.tif"), "--black", "100");
    expect(found).toMatchObject({ from: "pages", images: 2, black: 100 });
    near(found.gain, gain, 0.25);
    const { out } = await run("noise", at("image.tif"));
    expect(out).toMatch(/^Black level and read noise: not to be told apart without dark frames/m);
  });

  test("--signal takes clean images, page by page", async () => {
    const found = await measured(at("image.tif"), "--signal", at("clean.tif"));
    expect(found).toMatchObject({ from: "signal", images: 2 });
    near(found.gain, gain, 0.1);
    expect(found.mixture!.mean).toHaveLength(3);
  });

  test("--calibration is what is measured; images of another gain are told", async () => {
    const { warnings } = await measured("--calibration", at("slide.tif"), "--", at("other.tif"));
    expect(warnings.join("\n")).toMatch(
      /the noise of .*other.tif#0 seems to be 1\.[67]\d times that of the calibration/,
    );
    const alike = await measured("--calibration", at("slide.tif"), "--", at("single0.tif"));
    expect(alike.warnings).toEqual([]);
    const note = /^Note: measured on (.*), all files that stand behind --calibration/m;
    const taken = await run("noise", "--calibration", at("slide.tif"), at("other.tif"));
    expect(note.exec(taken.err)?.[1]).toBe(`${at("slide.tif")}, ${at("other.tif")}`);
    expect((await run("noise", at("other.tif"), "--calibration", at("slide.tif"))).err).not.toMatch(note);
  });

  test("--plot draws an SVG by itself", async () => {
    await measured(at("image.tif"), "--plot", at("alone.svg"));
    const svg = readFileSync(at("alone.svg"), "utf8");
    expect(svg).toMatch(/^<svg xmlns=/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test.each<[readonly string[], RegExp]>([
    [[], /expected images, or calibration frames, to measure the noise of; got none/],
    [
      ["--signal", "clean.tif", "image.tif"],
      /got none: files behind --calibration, --signal, --dark are taken for these; name the images before them/,
    ],
    [
      ["--static", "--signal", "clean.tif", "--", "slide.tif"],
      /static and signal exclude each other; give one of them \(--static, --signal\)/,
    ],
    [["image.tif", "--dark", "dark.tif"], /dark frames go with frames of still scenes/],
    [["--static", "slide.tif", "--dark", "dark.tif", "--black", "3"], /leave out black \(--dark, --black\)/],
    [["image.tif", "--plot", "x.png"], /x.png: expected a name that ends in .svg or .html \(--plot\)/],
    [
      ["image.tif", "--signal", "slide.tif"],
      /expected a signal for each image, got 1 files with 2 pages and 1 signals with 20/,
    ],
    [
      ["--static", "single0.tif"],
      /single0.tif has one page, expected at least 2 frames of a still scene; a single image is measured without frames/,
    ],
    [
      ["image.tif", "--captures", "z"],
      /single images are measured here; leave them out, or give calibration or static \(--captures\)/,
    ],
    [["image.tif", "--black", "dark"], /Expected a number, such as 100/],
  ])("%j is refused", async (args, message) => {
    const { code, err } = await run("noise", ...args.map((arg) => (/\.tif$/.test(arg) ? at(arg) : arg)));
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

describe("denoise --noise", () => {
  const denoise = (...args: string[]) => run("denoise", "--out", at("denoised"), "--overwrite", ...args);
  beforeAll(async () => {
    const { code, err } = await run("noise", "--static", at("slide.tif"), "--out", at("slide.json"));
    expect(code, err).toBe(0);
  });

  test("BM3D stabilises with the measured noise, and says so", async () => {
    const { code, out, err } = await denoise(
      "--method",
      "bm3d",
      "--noise",
      at("slide.json"),
      at("image.tif#0"),
    );
    expect(code, err).toBe(0);
    expect(out + err).toMatch(
      /BM3D: strength 1.00 of the noise, chosen on the image itself, noise as measured/,
    );
    expect(err).not.toMatch(/seems to be/);
    const noise = parseNoiseMeasurement(readFileSync(at("slide.json"), "utf8"), "slide.json");
    const [page] = (await readStack(at("image.tif#0"))).pages;
    const expected = Array.from(stabilized(blockMatching3d, page!, noise).data, Math.round);
    const [result] = (await readStack(at("denoised/image.tif"))).pages;
    expect([...result!.data]).toEqual(expected);
    const records = readFileSync(at("denoised/denoised.json"), "utf8");
    expect(records).toMatch(/"noise": ?"slide.json, SHA-256 [0-9a-f]{64}"/);
  });

  test("an image of another camera is told", async () => {
    const { code, err } = await denoise("--method", "tv", "--noise", at("slide.json"), at("other.tif"));
    expect(code, err).toBe(0);
    expect(err).toMatch(/the noise of .*other.tif seems to be 1\.[678]\d times that of the calibration/);
  });

  test.each<[readonly string[], RegExp]>([
    [
      ["--method", "gaussian", "--noise", "slide.json"],
      /Gaussian blur does not look at the noise; leave out the noise model \(--noise\)/,
    ],
    [
      ["--method", "nlm", "--noise", "image.tif"],
      /image.tif is not JSON, expected a noise model; measure the noise to get one/,
    ],
    [["--method", "nlm", "--noise", "nothing.json"], /nothing.json/],
  ])("%j is refused", async (args, message) => {
    const paths = args.map((arg) => (/\.(tif|json)$/.test(arg) ? at(arg) : arg));
    const { code, err } = await denoise(...paths, at("image.tif"));
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
