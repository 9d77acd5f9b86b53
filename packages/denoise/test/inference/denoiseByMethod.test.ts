import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Image, simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import { atOnce } from "../../src/protocol/steps.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const [dim, bright, larger] = [at("dim.tif"), at("bright.tif"), at("larger.tif")];
const blur = methods.classicalNamed("gaussian");

beforeAll(async () => {
  for (const [path, photons, size] of [
    [dim, 10, 24],
    [bright, 1000, 24],
    // The smallest that a report is written of.
    [larger, 10, 32],
  ] as const) {
    const [scene] = simulateScenes({ seed: 2, size, scenes: 1, frames: 3, photons });
    await writeImageFile(path, scene!.noisy, { metadata: { text: "cells" } });
  }
});

describe.each(methods.classical)("$name", (method) => {
  test("denoises pages as it is, with parameters of each file's own", async () => {
    const out = at(`out-${method.name}`);
    const progress: number[][] = [];
    const { denoised } = await denoiseFiles(
      { method, files: [dim, bright], out },
      { onProgress: ({ done, total, passes }) => progress.push([done, total, passes]) },
    );
    expect(progress).toEqual([1, 2, 3, 4, 5, 6].map((done) => [done, 6, 1]));
    const chosen: string[] = [];
    for (const [i, path] of [dim, bright].entries()) {
      const noisy = (await readStack(path)).pages;
      const parameters = atOnce(method.fit(noisy));
      const sentence = `${method.title}: ${method.describe(parameters)}, chosen on the image itself`;
      chosen.push(sentence);
      expect(denoised[i]).toEqual({
        input: path,
        output: join(out, i === 0 ? "dim.tif" : "bright.tif"),
        pages: 3,
        chosen: sentence,
      });
      const { dtype, pages } = await readStack(denoised[i]!.output);
      expect(dtype).toBe("uint16");
      const expected = method.apply(noisy[2]!, parameters).data;
      expect(pages[2]!.data).toEqual(Uint16Array.from(expected, (value) => Math.round(Math.max(0, value))));
    }
    // The one that goes by the estimated noise alone says the same of all.
    expect(chosen[0] === chosen[1]).toBe(method.name === "bm3d");
  });
});

test("a report says what was chosen", async () => {
  const out = at("reported");
  const {
    denoised: [result],
  } = await denoiseFiles({ method: blur, files: [larger], out, report: true });
  expect(readdirSync(out).sort()).toEqual([
    "denoised.json",
    "larger.report.html",
    "larger.report.json",
    "larger.tif",
  ]);
  const json = JSON.parse(readFileSync(join(out, "larger.report.json"), "utf8"));
  expect(json.calibrated).toEqual({
    method: "gaussian@1",
    parameters: { sigma: expect.any(Number) },
    sentence: result!.chosen,
  });
  expect(json.range).toBeUndefined();
  expect(json.pages).toHaveLength(3);
  const html = readFileSync(result!.report!, "utf8");
  expect(html).toContain(`${result!.chosen}.`);
  expect(html).not.toMatch(/training data/);
});

test("is refused in a sentence, before anything is written", async () => {
  const out = at("refused");
  const refused = (more: object, files = [dim]) =>
    expect(denoiseFiles({ method: methods.classicalNamed("nlm"), files, out, ...more })).rejects;
  await refused({ ensemble: true }).toThrow(
    "non-local means takes no ensemble, only models do; leave it out",
  );
  await refused({ uncertainty: 2, normalization: "image" }).toThrow(
    /takes no normalization and no uncertainty/,
  );
  const page = (side: number, value: (i: number) => number): Image<"float32"> => ({
    width: side,
    height: side,
    dtype: "float32",
    data: Float32Array.from({ length: side * side }, (_, i) => value(i)),
  });
  const [small, flat] = [at("small.tif"), at("flat.tif")];
  await writeImageFile(small, [page(15, (i) => i)]);
  await writeImageFile(flat, [page(40, () => 7)]);
  await refused({}, [small]).toThrow(/small\.tif is 15 x 15 pixels; non-local means needs at least 16 x 16/);
  await refused({}, [flat]).toThrow(/flat\.tif is constant \(every pixel is 7\)/);
  expect(existsSync(out)).toBe(false);
  expect(() => methods.classicalNamed("clidim")).toThrow("method clidim is trained: give a model");
  expect(() => methods.classicalNamed("bm4d")).toThrow(
    'method is "bm4d"; allowed: gaussian, bilateral, wiener, wavelet-wiener, nlm, tv, bm3d',
  );
});

test("an interruption is answered while parameters are chosen and between pages, and leaves no unfinished file", async () => {
  const reason = new Error("stop");
  const out = at("interrupted");
  const controller = new AbortController();
  const counting: typeof blur = {
    ...blur,
    *fit(pages) {
      setImmediate(() => controller.abort(reason));
      yield;
      yield;
      yield;
      return yield* blur.fit(pages);
    },
  };
  const files = [dim];
  const { signal } = controller;
  await expect(denoiseFiles({ method: counting, files, out }, { signal })).rejects.toBe(reason);
  expect(existsSync(out)).toBe(false);

  const later = new AbortController();
  let applied = 0;
  const slow: typeof blur = {
    ...blur,
    apply(page, parameters) {
      applied++;
      setImmediate(() => later.abort(reason));
      return blur.apply(page, parameters);
    },
  };
  await expect(denoiseFiles({ method: slow, files, out }, { signal: later.signal })).rejects.toBe(reason);
  expect(applied).toBe(1);
  expect(readdirSync(out)).toEqual([]);
});

test("a method that works in steps is followed and interrupted within a page", async () => {
  const inSteps: typeof blur = {
    ...blur,
    *applyInSteps(page, parameters) {
      yield 0.25;
      yield 0.75;
      return blur.apply(page, parameters);
    },
  };
  const progress: number[] = [];
  const out = at("steps");
  await denoiseFiles(
    { method: inSteps, files: [dim], out },
    { onProgress: ({ done }) => progress.push(done) },
  );
  expect(progress).toEqual([0.25, 0.75, 1, 1.25, 1.75, 2, 2.25, 2.75, 3]);
  await denoiseFiles({ method: blur, files: [dim], out: at("whole") });
  expect(readFileSync(join(out, "dim.tif"))).toEqual(readFileSync(join(at("whole"), "dim.tif")));

  const reason = new Error("stop");
  const controller = new AbortController();
  const stopped = denoiseFiles(
    { method: inSteps, files: [dim], out: at("stopped") },
    {
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done === 1.25) controller.abort(reason);
        if (done > 1.25) throw new Error("went on");
      },
    },
  );
  await expect(stopped).rejects.toBe(reason);
  expect(readdirSync(at("stopped"))).toEqual([]);
});
