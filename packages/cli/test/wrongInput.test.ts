import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { train } from "@clidim/denoise/node";
import type { Image } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { main } from "../src/main.js";
import { captureTerminal } from "./capture.js";

const folder = temporaryFolder();

const at = (name: string): string => join(folder, name);
const out = at("out");
const image = (value: (i: number) => number, width = 48): Image<"float32"> => ({
  width,
  height: 48,
  dtype: "float32",
  data: Float32Array.from({ length: width * 48 }, (_, i) => value(i)),
});

/** A field of view, and captures of it with noise. */
const truth = (i: number): number => 90 + 40 * Math.sin((i % 48) / 5) + 40 * Math.cos(Math.floor(i / 48) / 7);
const capture = (k: number): Image => image((i) => truth(i) + ((i * 7919 + k * 104_729) % 31));

beforeAll(async () => {
  await writeImageFile(at("good.tif"), [capture(0), capture(1)]);
  await writeImageFile(at("clean.tif"), [image(truth)]);
  await writeImageFile(
    at("hyper.tif"),
    Array.from({ length: 6 }, (_, k) => image((i) => (i + k) % 13)),
    { axes: ["T", "C", "Y", "X"], shape: [3, 2, 48, 48] },
  );
  await writeImageFile(at("wide.tif"), [image((i) => i % 13, 50)]);
  await writeImageFile(at("flat.tif"), [image(() => 4)]);
  await writeImageFile(at("holed.tif"), [image((i) => (i % 5 === 0 ? Number.NaN : i % 13))]);
  mkdirSync(at("bare"));
  writeFileSync(at("text.tif"), "not an image\n");
  writeFileSync(at("empty.tif"), "");
  writeFileSync(at("cut.tif"), readFileSync(at("good.tif")).subarray(0, 4000));
  const overrides = { updates: 1, batch: 1, crop: 32, ngf: 1, ndf: 1, downs: 2 };
  await train({
    method: methods.trainedNamed("clidim"),
    noisy: [at("good.tif")],
    clean: [at("clean.tif")],
    out: at("model"),
    overrides,
    validation: 0,
  });
});

/** Runs a command line that must be refused; returns the one line that it printed, without the folder's name. */
async function refusal(...args: string[]): Promise<string> {
  const terminal = captureTerminal();
  expect(await main(args, terminal), terminal.printed.err).toBe(2);
  expect(terminal.printed.out).toBe("");
  const lines = terminal.printed.err.trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^clidim: /);
  expect(lines[0]).not.toMatch(/\.[jt]s:\d+/);
  expect(existsSync(out)).toBe(false);
  return lines[0]!.replaceAll(`${folder}/`, "");
}

const training = (noisy: string[], clean: string[], ...more: string[]): Promise<string> =>
  refusal(
    "train",
    "--noisy",
    ...noisy.map(at),
    "--clean",
    ...clean.map(at),
    "--out",
    out,
    "--crop",
    "32",
    "--downs",
    "2",
    ...more,
  );
const denoising = (file: string, model = "model"): Promise<string> =>
  refusal("denoise", "--model", at(model), "--out", out, at(file));
const evaluating = (prediction: string, clean: string, ...more: string[]): Promise<string> =>
  refusal("evaluate", "--prediction", at(prediction), "--clean", at(clean), ...more);

describe("files that cannot be used are named, whatever the command", () => {
  const cases: [file: string, sentence: RegExp][] = [
    ["none.tif", /read none\.tif: no such file or folder/],
    ["bare", /bare holds no images \(TIFF .*PNG/],
    ["n*e.tif", /n\*e\.tif: no file matches this pattern, and there is none of this name/],
    ["well#9.tif", /read well#9\.tif: no such file or folder/],
    ["text.tif", /text\.tif is not a TIFF file/],
    ["empty.tif", /empty\.tif is empty \(0 bytes\), expected a TIFF file/],
    ["cut.tif", /cut\.tif is truncated/],
    ["good.tif#5-9", /good\.tif#5-9: the file has 2 pages \(0-1\)/],
    ["good.tif#1-0", /good\.tif#1-0: the page range is empty/],
    ["good.tif#a", /expected a page or a page range after '#'/],
  ];
  test.each(cases)("%s", async (file, sentence) => {
    expect(await training([file], ["clean.tif"])).toMatch(sentence);
    expect(await training(["good.tif"], [file])).toMatch(sentence);
    expect(await denoising(file)).toMatch(sentence);
    expect(await evaluating(file, "clean.tif")).toMatch(sentence);
  });

  test("methods to compare with", async () => {
    const more = ["--noisy", at("good.tif"), "--baselines", "bm3d", "care"];
    expect(await evaluating("good.tif", "clean.tif", ...more)).toMatch(
      /"care" is no method to compare with; expected some of .*nlm.*bm3d/,
    );
  });

  test("many pixels that are missing here and there, where neighbours are looked at", async () => {
    const sentence = /: at 20\.0 % of the places a pixel is NaN or infinite, .*cut the images/;
    expect(await training(["holed.tif"], ["clean.tif"])).toMatch(sentence);
    expect(await training(["good.tif"], ["holed.tif"])).toMatch(sentence);
    expect(await evaluating("holed.tif", "clean.tif")).toMatch(sentence);
    expect(await evaluating("good.tif", "holed.tif")).toMatch(sentence);
  });

  test("constant images", async () => {
    const sentence = /flat\.tif is constant \(every pixel is 4\), expected an image with contrast/;
    expect(await training(["flat.tif"], ["clean.tif"])).toMatch(sentence);
    expect(await training(["good.tif"], ["flat.tif"])).toMatch(sentence);
    expect(await denoising("flat.tif")).toMatch(sentence);
    expect(await evaluating("good.tif", "flat.tif")).toMatch(sentence);
  });

  test("several channels, where one is wanted, and planes that are not there", async () => {
    const sentence =
      /hyper\.tif has 2 channels, 0, 1 \(its axes are T 3, C 2\), .* choose one of them \(--channel\)$/;
    expect(await training(["hyper.tif"], ["clean.tif"])).toMatch(sentence);
    expect(await refusal("train", "--noisy", at("hyper.tif"), "--clean", "average", "--out", out)).toMatch(
      sentence,
    );
    expect(await evaluating("hyper.tif", "clean.tif")).toMatch(sentence);
    expect(await training(["hyper.tif"], ["clean.tif"], "--channel", "GFP")).toMatch(
      /hyper\.tif has 2 channels, 0, 1; expected one of them, got channel GFP \(--channel\)$/,
    );
    expect(await training(["hyper.tif"], ["clean.tif"], "--channel", "1", "--t", "1-3")).toMatch(
      /hyper\.tif has t 0 to 2 \(its axes are T 3, C 2\), got t 1-3 \(--t\)$/,
    );
    expect(await evaluating("good.tif", "clean.tif", "--z", "1")).toMatch(/good\.tif has only z 0/);
  });

  test("sizes that do not match", async () => {
    const sentence = /good\.tif is 48 x 48 pixels but wide\.tif is 50 x 48; expected the same size/;
    expect(await training(["good.tif"], ["wide.tif"])).toMatch(sentence);
    expect(await evaluating("good.tif", "wide.tif")).toMatch(sentence);
  });

  test("counts that do not match are listed", async () => {
    expect(await training(["good.tif", "good.tif", "good.tif"], ["clean.tif", "good.tif"])).toMatch(
      /found 3 noisy files: good\.tif \(2 pages, 48 x 48\), .*; 2 clean files: clean\.tif \(1 page, 48 x 48\)/,
    );
    expect(await evaluating("good.tif", "clean.tif", "--noisy", at("clean.tif"))).toMatch(
      /expected one noisy file for each prediction, with as many pages/,
    );
  });
});

describe("models that cannot be used", () => {
  const cases: [model: string, sentence: RegExp][] = [
    ["none", /read none: no such file or folder/],
    ["lr=1/none", /read lr=1\/none: no such file or folder/],
    ["text.tif", /text\.tif: expected a CLIDiM model/],
    ["model/checkpoint.safetensors", /use the model\.safetensors beside it/],
  ];
  test.each(cases)("%s", async (model, sentence) => {
    expect(await denoising("good.tif", model)).toMatch(sentence);
  });

  test("a folder without one", async () => {
    mkdirSync(at("nothing"), { recursive: true });
    expect(await denoising("good.tif", "nothing")).toMatch(
      /nothing\/model\.safetensors: no such file or folder/,
    );
  });
});

describe("places that cannot be written to", () => {
  test("a folder that holds something, one that holds nothing to resume, a file", async () => {
    const args = ["--noisy", at("good.tif"), "--clean", at("clean.tif"), "--crop", "32", "--downs", "2"];
    expect(await refusal("train", ...args, "--out", folder)).toMatch(/is not empty/);
    expect(await refusal("train", ...args, "--out", at("model"))).toMatch(/holds a training run already/);
    expect(await training(["good.tif"], ["clean.tif"], "--resume")).toMatch(
      /start one without resuming \(--resume\)/,
    );
    expect(await refusal("train", ...args, "--out", at("text.tif"))).toMatch(
      /write text\.tif: .* expected a folder/,
    );
  });

  test("the folder of an input", async () => {
    const args = ["denoise", "--model", at("model"), "--out", folder, at("good.tif")];
    expect(await refusal(...args)).toMatch(/good\.tif would overwrite the input good\.tif/);
  });
});

describe("options", () => {
  test.each([
    [["train"], /required option '--noisy <files...>' not specified/],
    [["train", "--noisy"], /option '--noisy <files...>' argument missing/],
    [["denoise", "--model", "m", "--out", "o"], /missing required argument 'files'/],
    [
      ["config", "--updates", "many"],
      /^clidim: configuration: updates is "many"; allowed: a whole number from 1 to \d+$/m,
    ],
    [
      ["config", "--updates", "1.5"],
      /^clidim: configuration: updates is 1\.5; allowed: a whole number from 1/m,
    ],
    [
      ["config", "--method", "noise2void", "--maskedPercent", "1/64"],
      /^clidim: configuration: maskedPercent is "1\/64"; allowed: a number from 0\.01 to 25$/m,
    ],
    [["config", "--filters", "8"], /^clidim: configuration: filters is not a key; allowed: preset, /m],
    [["train", "--validation", "1.5"], /Expected a number of at least 0 and below 1/],
    [
      ["train", "--preset", "desktop"],
      /Allowed choices are quick, best, laptop, as-printed, as-released, recommended, mid3a/,
    ],
    [["sharpen"], /unknown command 'sharpen'/],
    [
      ["denoise", "--method", "gaussian", "--out", "", "a.tif"],
      /'--out <dir>' argument '' is invalid\. Expected a path, got nothing: a variable of the shell/,
    ],
    [["train", "--noisy", "a.tif", "", "--out", "o"], /'--noisy <files...>' argument '' is invalid/],
    [
      ["evaluate", "--prediction", "a.tif", "--clean", "a.tif", "--report", ""],
      /'--report <file.html>' argument/,
    ],
    [["noise", "a.tif", "--plot", ""], /'--plot <file>' argument '' is invalid/],
    [["batch", "plan", "--in", "a.tif", "--out", ""], /'--out <dir>' argument '' is invalid/],
    [
      ["denoise", "a.tif", "--out", "--report", "--method", "gaussian"],
      /'--out <dir>' argument '--report' is invalid\. --report is an option itself; name the file or folder/,
    ],
    [["doctor", "--colour"], /unknown option '--colour'/],
  ])("%j", async (args, sentence) => {
    expect(await refusal(...args)).toMatch(sentence);
  });

  test("a value that the configuration refuses", async () => {
    expect(await training(["good.tif"], ["clean.tif"], "--crop", "34")).toMatch(
      /crop is 34; allowed: a multiple of/,
    );
    expect(await training(["good.tif"], ["clean.tif"], "--crop", "64")).toMatch(
      /smaller than the training crop of 64 x 64/,
    );
  });
});
