import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { castImage, type Plane, psnr, simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { decode } from "fast-png";
import { beforeAll, describe, expect, test } from "vitest";
import { type Evaluation, evaluateFiles } from "../../src/evaluation/evaluateFiles.js";

const folder = temporaryFolder();
const quick = methods.classical.filter(({ slow }) => !slow);
const scenes = simulateScenes({ seed: 3, size: 64, scenes: 10, frames: 1 });
/** The truth but for a square that is lost, 40 grey values too dark. */
const lossy = ({ clean }: (typeof scenes)[number]): Plane => ({
  ...clean,
  data: Float32Array.from(clean.data, (value, i) => (i % 64 < 8 && i < 64 * 8 ? value - 40 : value)),
});
const stack = async (name: string, pages: readonly Plane[]): Promise<string[]> => {
  const path = join(folder, name);
  await writeImageFile(
    path,
    pages.map((page) => castImage(page, "float32")),
  );
  return [path];
};
const report = join(folder, "below", "evaluation.html");
let files: { prediction: string[]; clean: string[]; noisy: string[] };
let evaluation: Evaluation;
let html: string;

beforeAll(async () => {
  files = {
    prediction: await stack("denoised.tif", scenes.map(lossy)),
    clean: await stack(
      "clean.tif",
      scenes.map(({ clean }) => clean),
    ),
    noisy: await stack(
      "noisy.tif",
      scenes.map(({ noisy }) => noisy[0]!),
    ),
  };
  evaluation = await evaluateFiles({ ...files, baselines: quick, report });
  html = await readFile(report, "utf8");
});

const pictures = (text: string, alt: string) =>
  [...text.matchAll(/<img alt="([^"]*)"[^>]*src="data:image\/png;base64,([^"]*)"/g)]
    .filter(([, name]) => name === alt)
    .map(([, , bytes]) => decode(Buffer.from(bytes!, "base64")));

describe("the report of an evaluation", () => {
  test("needs nothing from elsewhere and has the tables", () => {
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).not.toMatch(/src="(?!data:)|href=|<script|url\(|@import/);
    expect(html).toContain(`<td>${evaluation.mean.prediction.psnr.toFixed(2)}<td>`);
    expect(html).toContain("Best Gaussian blur");
    expect(html.match(/denoised\.tif page \d+<td>/g)).toHaveLength(10);
  });

  test("shows eight pages of ten, each with what was made of it and how good that is", () => {
    expect(html).toContain("8 pages of 10, evenly spread");
    for (const alt of [
      "noisy",
      "denoised",
      "Gaussian blur",
      "clean",
      "residual of denoised",
      "error of Gaussian blur",
    ])
      expect(pictures(html, alt), alt).toHaveLength(8);
    const first = scenes[0]!;
    expect(html).toContain(`denoised, ${psnr(lossy(first), first.clean).toFixed(2)} dB`);
  });

  test("an error is dark where light was lost, and grey where nothing was", () => {
    const [error] = pictures(html, "error of denoised");
    expect(error!.data[64 * 4 + 4]).toBeLessThan(64);
    expect(error!.data[64 * 40 + 40]).toBe(128);
  });

  test("the figures are those without a report", async () => {
    expect(await evaluateFiles({ ...files, baselines: quick })).toEqual(evaluation);
  });

  test("without noisy images it has neither residuals nor other methods", async () => {
    const { prediction, clean } = files;
    const alone = join(folder, "alone.html");
    await evaluateFiles({ prediction: [`${prediction[0]}#0`], clean: [`${clean[0]}#0`], report: alone });
    const text = await readFile(alone, "utf8");
    expect(text).toContain("<p>1 page, each");
    expect(pictures(text, "error of denoised")).toHaveLength(1);
    expect(text).not.toMatch(/alt="noisy|residual/i);
  });

  test("replaces an earlier report, and nothing else", async () => {
    await evaluateFiles({ ...files, report });
    expect(await readFile(report, "utf8")).not.toContain("Gaussian blur");
    const notes = join(folder, "notes.html");
    await writeFile(notes, "mine");
    for (const place of [notes, files.clean[0]!, folder]) {
      await expect(evaluateFiles({ ...files, report: place })).rejects.toThrow(
        `${place} is there already and is no report of an evaluation; give the report another name`,
      );
    }
    expect(await readFile(notes, "utf8")).toBe("mine");
  });
});
