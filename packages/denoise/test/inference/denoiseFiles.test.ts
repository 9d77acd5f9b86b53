import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import type { Image } from "@clidim/imaging";
import { assessPage } from "@clidim/imaging";
import { hashFile, openImageFile, openStack, readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { writeSafetensors } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import { readManifest } from "../../src/training/manifest.js";
import { train } from "../../src/training/train.js";
import { type TinyData, tiny, writeTinyData } from "../training/tinyData.js";

const folder = temporaryFolder();
const model = join(folder, "model");
let data: TinyData;

beforeAll(async () => {
  data = await writeTinyData(join(folder, "data"));
  await train({
    ...{ method: clidim, ...data, out: model, preset: "laptop" },
    overrides: { ...tiny, updates: 2 },
    validation: 0,
  });
});

/** A page of 41 x 30 pixels, no multiple of anything, in the grey values of the training data. */
function ramp<D extends Image["dtype"]>(
  dtype: D,
  make: (length: number) => Image<D>["data"],
  scale = 1,
): Image<D> {
  const image = make(41 * 30);
  for (let i = 0; i < image.length; i++) image[i] = scale * (100 + ((7 * i) % 100));
  return { width: 41, height: 30, dtype, data: image };
}

/** The page above itself, so that it is high enough for a report. */
function widened(image: Image<"float32">): Image<"float32"> {
  const data = new Float32Array(2 * image.data.length);
  data.set(image.data);
  data.set(image.data, image.data.length);
  return { ...image, height: 2 * image.height, data };
}

describe("results", () => {
  test("keep name, pages, size, dtype and calibration, for any size", async () => {
    const [step, depth] = [
      { step: 0.2, unit: "um" },
      { step: 0.5, unit: "um" },
    ];
    const input = join(folder, "stack.tif");
    const page = ramp("uint16", (length) => new Uint16Array(length));
    await writeImageFile(input, [page, { ...page, data: page.data.slice().reverse() }], {
      axes: ["Z", "Y", "X"],
      metadata: { calibration: { Z: depth, Y: step, X: step }, displayRanges: [[0, 900]], text: "cells" },
    });
    const bytes = join(folder, "bytes.tif");
    await writeImageFile(bytes, [ramp("uint8", (length) => new Uint8Array(length))]);
    const signed = join(folder, "signed.tif");
    await writeImageFile(signed, [ramp("int16", (length) => new Int16Array(length))]);
    const out = join(folder, "new", "folder");

    const { denoised } = await denoiseFiles({
      methods,
      model,
      out,
      files: [input, bytes, signed, data.clean[0]!],
    });
    expect(denoised.map(({ output, pages }) => [output, pages])).toEqual([
      [join(out, "stack.tif"), 2],
      [join(out, "bytes.tif"), 1],
      [join(out, "signed.tif"), 1],
      [join(out, "scene00-clean.tif"), 1],
    ]);
    const [source, result] = [await openImageFile(input), await openImageFile(join(out, "stack.tif"))];
    expect(result).toMatchObject({ axes: ["Z", "Y", "X"], shape: [2, 30, 41], dtype: "uint16" });
    expect(result.metadata).toMatchObject({
      calibration: { Z: depth, Y: step, X: step },
      displayRanges: [[0, 900]],
    });
    const { text } = result.metadata;
    expect(text).toMatch(
      /^cells\nDenoised with: clidim .*\nSource: stack\.tif\nSource SHA-256: [\da-f]{64}\nMethod: clidim@1\nModel: model\/model\.safetensors, SHA-256 [\da-f]{64}\nAdapter: /,
    );
    expect({ ...result.metadata, text: "cells", own: undefined }).toEqual({
      ...source.metadata,
      own: undefined,
    });
    await source.close();
    await result.close();
    expect((await readStack(join(out, "bytes.tif"))).dtype).toBe("uint8");
    expect((await readStack(join(out, "signed.tif"))).dtype).toBe("int16");
    expect((await readStack(join(out, "scene00-clean.tif"))).dtype).toBe("float32");
    expect(readdirSync(out)).toHaveLength(5);
    const { results } = JSON.parse(readFileSync(join(out, "denoised.json"), "utf8"));
    const made = {
      methods: ["clidim@1"],
      models: [await hashFile(join(model, "model.safetensors"))],
      options: {},
    };
    const { adapter } = await readManifest(join(model, "manifest.json"), clidim);
    expect(results).toHaveLength(4);
    expect(results[1]).toMatchObject({
      output: "bytes.tif",
      channels: [{ denoised: true, ...made }],
      adapter,
    });
  });

  test("a page range gives those pages; the model may be named by its file", async () => {
    const out = join(folder, "range");
    const file = join(model, "model.safetensors");
    await denoiseFiles({ methods, model: file, out, files: [`${data.noisy[0]}#1`] });
    const [page, ...more] = (await readStack(join(out, "scene00-noisy.tif"))).pages;
    expect(more).toEqual([]);
    await denoiseFiles({ methods, model, out, files: [data.noisy[0]!], overwrite: true });
    expect((await readStack(join(out, "scene00-noisy.tif"))).pages[1]).toEqual(page);
  });

  test("normalization image makes the result follow the image's grey values", async () => {
    const [dim, bright] = [join(folder, "dim.tif"), join(folder, "bright.tif")];
    await writeImageFile(dim, [ramp("float32", (length) => new Float32Array(length))]);
    await writeImageFile(bright, [ramp("float32", (length) => new Float32Array(length), 64)]);
    const out = join(folder, "followed");
    const warnings: string[] = [];
    const onWarning = (sentence: string): number => warnings.push(sentence);
    await denoiseFiles({ methods, model, out, files: [dim, bright], normalization: "image" }, { onWarning });
    expect(warnings).toEqual([]);
    const [a, b] = [await readStack(join(out, "dim.tif")), await readStack(join(out, "bright.tif"))];
    a.pages[0]!.data.forEach((value, i) => {
      expect(b.pages[0]!.data[i]! / 64).toBeCloseTo(value, 1);
    });
    const told: string[] = [];
    await denoiseFiles(
      { methods, model, out, files: [bright], normalization: "model", overwrite: true },
      { onWarning, onDenoised: ({ notes = [] }) => void told.push(...notes) },
    );
    expect(warnings).toHaveLength(1);
    expect(told).toEqual(warnings);
    expect(warnings[0]).toMatch(
      /bright\.tif is brighter than what the model saw in training: percentiles .* try normalization image/,
    );
  });

  test("grey values in other units are refused unless the model's normalisation is asked for", async () => {
    const out = join(folder, "units");
    const page = ramp("float32", (length) => new Float32Array(length));
    const units: readonly (readonly [string, (value: number) => number, RegExp])[] = [
      ["x256.tif", (value) => 256 * value, /brighter than .* the result would mean nothing\. Give images/],
      ["unit.tif", (value) => value / 255, /darker than|weaker in contrast than/],
      ["offset.tif", (value) => value + 5000, /brighter than/],
      ["faint.tif", (value) => 100 + value / 100, /weaker in contrast than/],
    ];
    for (const [name, map, sentence] of units) {
      const file = join(folder, name);
      await writeImageFile(file, [{ ...page, data: page.data.map(map) }]);
      await expect(denoiseFiles({ methods, model, out, files: [file] })).rejects.toThrow(sentence);
      expect(existsSync(join(out, name))).toBe(false);
      for (const normalization of ["model", "image"] as const) {
        await denoiseFiles({ methods, model, out, files: [file], normalization, overwrite: true });
      }
    }
  });
});

describe("reports", () => {
  test("stand beside each result, self-contained, with the figures of the pages", async () => {
    const out = join(folder, "reported");
    const { denoised: files } = await denoiseFiles({
      methods,
      model,
      out,
      files: [data.noisy[0]!],
      report: true,
    });
    const [result] = files;
    expect(result!.report).toBe(join(out, "scene00-noisy.report.html"));
    expect(readdirSync(out).sort()).toEqual([
      "denoised.json",
      "scene00-noisy.report.html",
      "scene00-noisy.report.json",
      "scene00-noisy.tif",
    ]);
    const json = JSON.parse(readFileSync(join(out, "scene00-noisy.report.json"), "utf8"));
    const noisy = (await readStack(data.noisy[0]!)).pages;
    const denoised = (await readStack(result!.output)).pages;
    expect(json.pages).toHaveLength(2);
    const expected = assessPage(noisy[1]!, denoised[1]!, 1);
    expect(json.pages[1]).toMatchObject({
      page: 1,
      residual: expected.residual,
      flux: expected.flux,
      checkerboard: expected.checkerboard,
      findings: expected.findings,
    });
    expect(json.pages[1].autocorrelation.values[8][8]).toBe(1);
    expect(json.range.outside).toBe(false);
    const html = readFileSync(result!.report!, "utf8");
    expect(html).toContain("<h2>Page 1</h2>");
    expect(html.match(/<img alt="[a-z ]+" src="data:image\/png;base64,/g)).toHaveLength(4);
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
    expect(html).toContain(`${(100 * expected.flux.ratio!).toFixed(2)} %`);
  });

  test("the result is the same with and without one; the range is told where it does not fit", async () => {
    const bright = join(folder, "bright-report.tif");
    await writeImageFile(bright, [ramp("float32", (length) => new Float32Array(length), 64)].map(widened));
    const [plain, reported] = [join(folder, "plain"), join(folder, "with-report")];
    const asked = { methods, model, files: [bright], normalization: "model" } as const;
    await denoiseFiles({ ...asked, out: plain });
    await denoiseFiles({ ...asked, out: reported, report: true });
    const name = "bright-report.tif";
    expect(readFileSync(join(reported, name))).toEqual(readFileSync(join(plain, name)));
    expect(readFileSync(join(reported, "bright-report.report.html"), "utf8")).toMatch(
      /class="finding">.*is brighter than what the model saw in training/,
    );
  });

  test("pages too small for one, and two of one name, are refused before anything is written", async () => {
    const small = join(folder, "small.tif");
    await writeImageFile(small, [ramp("uint8", (length) => new Uint8Array(length))]);
    const out = join(folder, "too-small");
    await expect(denoiseFiles({ methods, model, out, files: [small], report: true })).rejects.toThrow(
      /small\.tif is 41 x 30 pixels; a report needs at least 32 x 32/,
    );
    const [short, long] = [join(folder, "same.tif"), join(folder, "same.tiff")];
    for (const path of [short, long]) copyFileSync(data.noisy[0]!, path);
    await expect(denoiseFiles({ methods, model, out, files: [short, long], report: true })).rejects.toThrow(
      /the report of .*same\.tif and the report of .*same\.tiff would both be written to .*same\.report\.html/,
    );
    expect(existsSync(out)).toBe(false);
  });
});

describe("refusals", () => {
  const out = join(folder, "refused");
  const refusal = (files: string[], changes: { model?: string; out?: string } = {}): Promise<unknown> =>
    denoiseFiles({ methods, model, out, files, ...changes });

  test("an output that would replace an input, also through a link; two outputs of one name", async () => {
    const input = data.noisy[0]!;
    const before = readFileSync(input);
    await expect(refusal([input], { out: join(folder, "data") })).rejects.toThrow(
      /would overwrite the input/,
    );
    symlinkSync(join(folder, "data"), join(folder, "link"));
    await expect(refusal([input], { out: join(folder, "link") })).rejects.toThrow(
      /would overwrite the input/,
    );
    expect(readFileSync(input)).toEqual(before);
    mkdirSync(join(folder, "twin"));
    const twin = join(folder, "twin", "scene00-noisy.tif");
    copyFileSync(input, twin);
    await expect(refusal([input, twin])).rejects.toThrow(/would both be written to/);
    expect(existsSync(out)).toBe(false);
  });

  test("models that are none", async () => {
    const other = join(folder, "other.safetensors");
    writeFileSync(other, writeSafetensors({ w: { dtype: "f32", shape: [1], data: Float32Array.of(1) } }));
    const files = [data.noisy[0]!];
    await expect(refusal(files, { model: other })).rejects.toThrow(
      /other\.safetensors: expected a CLIDiM model/,
    );
    await expect(refusal(files, { model: files[0]! })).rejects.toThrow(
      /scene00-noisy\.tif: expected a CLIDiM model/,
    );
    await expect(refusal(files, { model: join(model, "checkpoint.safetensors") })).rejects.toThrow(
      /use the model\.safetensors beside it/,
    );
    await expect(refusal(files, { model: folder })).rejects.toThrow(/model\.safetensors: no such file/);
    expect(existsSync(out)).toBe(false);
  });

  test("a constant image, and one without a finite value, which leave no file behind", async () => {
    const [flat, holed] = [join(folder, "flat.tif"), join(folder, "holed.tif")];
    const page = ramp("float32", (length) => new Float32Array(length));
    await writeImageFile(flat, [{ ...page, data: page.data.map(() => 7) }]);
    await expect(refusal([flat])).rejects.toThrow(/flat\.tif is constant \(every pixel is 7\)/);
    await writeImageFile(holed, [{ ...page, data: page.data.map(() => Number.NaN) }]);
    await expect(refusal([holed])).rejects.toThrow(/holed\.tif is constant \(no pixel has a finite value\)/);
    expect(existsSync(out)).toBe(false);
    await expect(refusal([])).rejects.toThrow(/at least one image/);
  });
});

describe("uncertainty and ensemble", () => {
  const deep = join(folder, "deep");
  const second = join(folder, "second");
  beforeAll(async () => {
    // Six levels, as dropout starts at the fifth; crops of 64 pixels need larger images.
    const large = join(folder, "large.tif");
    const page = (phase: number): Image<"uint16"> => ({
      width: 80,
      height: 70,
      dtype: "uint16",
      data: Uint16Array.from(
        { length: 80 * 70 },
        (_, i) => 500 + 300 * Math.sin((i % 80) / 6 + phase) + ((i * 7919) % 101),
      ),
    });
    const text = "ImageJ=1.53\nimages=2\nslices=2\nmin=0.0\nmax=900.0\nunit=um\nspacing=0.5\n";
    await writeImageFile(large, [page(0), page(1)], { metadata: { text } });
    const overrides = { updates: 2, batch: 2, crop: 64, ngf: 2, ndf: 2, downs: 6, learningRate: 0.1 };
    const captures = ["T", "Z"] as const; // ImageJ calls any pages slices
    const data = { noisy: [large], clean: "average", captures } as const;
    const options = { ...data, preset: "laptop", overrides, validation: 0 };
    await train({ method: clidim, ...options, out: deep });
    await train({ method: clidim, ...options, out: second, seed: 1 });
  });
  const large = join(folder, "large.tif");
  const pagesOf = async (path: string): Promise<readonly Image[]> => (await readStack(path)).pages;

  test("one model without a calibration: the scatter of passes with dropout beside the result, which is the same without it, and said to be no error bar", async () => {
    const sentences: string[] = [];
    const [plain, out, again] = ["deep-plain", "deep-map", "deep-again"].map((name) => join(folder, name));
    await denoiseFiles({ methods, model: deep, out: plain!, files: [large] });
    const progress: number[][] = [];
    const {
      denoised: [result],
    } = await denoiseFiles(
      { methods, model: deep, out: out!, files: [large], uncertainty: 3 },
      {
        onProgress: ({ done, total, passes }) => progress.push([done, total, passes]),
        onWarning: (sentence) => sentences.push(sentence),
      },
    );
    expect(sentences.join("\n")).toMatch(
      /^the map is the scatter between passes, which is not an error bar/m,
    );
    expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((done) => [done, 8, 4]));
    expect(result!.uncertainty).toBeUndefined();
    expect(result!.scatter).toBe(join(out!, "scatter", "large.tif"));
    expect(readdirSync(out!).sort()).toEqual(["denoised.json", "large.tif", "scatter"]);
    expect(readFileSync(result!.output)).toEqual(readFileSync(join(plain!, "large.tif")));
    const file = await openStack(result!.scatter!);
    expect(file).toMatchObject({ width: 80, height: 70, dtype: "float32", pageCount: 2 });
    const kept = { description: "ImageJ=1.53\nimages=2\nslices=2\nunit=um\nspacing=0.5\n" };
    expect(file.source.metadata).toMatchObject({
      calibration: { Z: { step: 0.5, unit: "um" } },
      own: { format: "TIFF", calibration: kept, display: kept },
    });
    await file.close();
    const [first, other] = await pagesOf(result!.scatter!);
    expect(Math.max(...first!.data)).toBeGreaterThan(0);
    expect(other!.data).not.toEqual(first!.data);
    await denoiseFiles({ methods, model: deep, out: again!, files: [large], uncertainty: 3 });
    const same = join(again!, "scatter", "large.tif");
    expect(readFileSync(same)).toEqual(readFileSync(result!.scatter!));

    const later: string[] = [];
    for (const uncertainty of [3, undefined, 4]) {
      const more = { methods, model: deep, out: out!, files: [large], skipExisting: true };
      const { skipped } = await denoiseFiles(
        { ...more, ...(uncertainty !== undefined && { uncertainty }) },
        { onWarning: (sentence) => later.push(sentence) },
      );
      expect(skipped).toHaveLength(1);
    }
    expect(later.filter((sentence) => sentence.includes("was made with"))).toEqual([
      `${join(out!, "large.tif")} was made with a map over another number of passes, and stays; overwrite it to make it anew`,
    ]);
  });

  test("several models: their mean, and the deviation between them", async () => {
    const model = [deep, second];
    const float = join(folder, "float.tif");
    await writeImageFile(
      float,
      (await pagesOf(large)).map((page) => ({
        width: page.width,
        height: page.height,
        dtype: "float32" as const,
        data: Float32Array.from(page.data),
      })),
    );
    const outs = ["only-first", "only-second", "both"].map((name) => join(folder, name));
    await denoiseFiles({ methods, model: deep, out: outs[0]!, files: [float] });
    await denoiseFiles({ methods, model: [second], out: outs[1]!, files: [float] });
    const {
      denoised: [result],
    } = await denoiseFiles({ methods, model, out: outs[2]!, files: [float], uncertainty: 2 });
    const [a, b, mean] = await Promise.all(
      outs.map(async (out) => (await pagesOf(join(out, "float.tif")))[1]!),
    );
    const deviation = (await pagesOf(result!.scatter!))[1]!;
    mean!.data.forEach((value, i) => {
      expect(value).toBeCloseTo((a!.data[i]! + b!.data[i]!) / 2, 2);
      expect(deviation.data[i]).toBeCloseTo(Math.abs(a!.data[i]! - b!.data[i]!) / Math.SQRT2, 2);
    });
  });

  test("ensemble: the result of a mirrored page is the mirrored result; its passes are counted", async () => {
    const mirrored = join(folder, "mirrored.tif");
    const flip = (page: Image): Image<"float32"> => ({
      width: page.width,
      height: page.height,
      dtype: "float32",
      data: Float32Array.from(
        page.data,
        (_, i) => page.data[Math.floor(i / page.width) * page.width + page.width - 1 - (i % page.width)]!,
      ),
    });
    const float = join(folder, "float.tif");
    const [page] = await pagesOf(float);
    await writeImageFile(mirrored, [flip(page!)]);
    const out = join(folder, "ensemble");
    const totals = new Set<number>();
    await denoiseFiles(
      { methods, model: deep, out, files: [`${float}#0`, mirrored], ensemble: true },
      { onProgress: ({ total }) => totals.add(total) },
    );
    expect(totals).toEqual(new Set([16]));
    const [straight] = await pagesOf(join(out, "float.tif"));
    const [turned] = await pagesOf(join(out, "mirrored.tif"));
    flip(straight!).data.forEach((value, i) => {
      expect(turned!.data[i]).toBeCloseTo(value, 2);
    });
  });

  test("refusals in words, before anything is written", async () => {
    const out = join(folder, "no-map");
    const refused = (changes: { model?: string | string[]; uncertainty: number; files?: string[] }) =>
      expect(denoiseFiles({ methods, model: deep, out, files: [large], ...changes })).rejects;
    await refused({ model, uncertainty: 4 }).toThrow(
      /no dropout to make passes differ \(downs 2, dropout 0\.5; .*give several models/,
    );
    await refused({ model: [deep, second], uncertainty: 4 }).toThrow(/there are 2, so set it to 2/);
    await refused({ uncertainty: 1 }).toThrow(/at least 2 passes, got 1/);
    const twin = join(folder, "large.tiff");
    copyFileSync(large, twin);
    await refused({ uncertainty: 2, files: [large, twin] }).toThrow(
      /the scatter of .*large\.tif and the scatter of .*large\.tiff would both be written to/,
    );
    expect(existsSync(out)).toBe(false);
  });
});

test("an interruption leaves finished files and no unfinished one", async () => {
  const out = join(folder, "interrupted");
  const controller = new AbortController();
  const reason = new Error("stop");
  const run = denoiseFiles(
    { methods, model, out, files: [data.noisy[0]!, data.noisy[1]!] },
    { signal: controller.signal, onProgress: ({ done }) => done >= 3 && controller.abort(reason) },
  );
  await expect(run).rejects.toBe(reason);
  expect(readdirSync(out)).toEqual(["denoised.json", "scene00-noisy.tif"]);
});
