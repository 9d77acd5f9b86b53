import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import type { TestFiles } from "../../src/data/testScenes.js";
import { importModel } from "../../src/model/modelFile.js";
import { readManifest } from "../../src/training/manifest.js";
import { MetricsLog, score, type ValidationFigures } from "../../src/training/metricsLog.js";
import { type TrainOptions, train } from "../../src/training/train.js";
import type { TrainHooks } from "../../src/training/trainHooks.js";
import { type TinyData, tensorsOf, tiny, writeTinyData } from "./tinyData.js";

const folder = temporaryFolder();
/** Total variation alone: the image is flattened more and more, so that the best model is an early one. A guard would go back to it. */
const overrides = {
  ...tiny,
  updates: 40,
  learningRate: 0.02,
  weights: { gan: 0, l1: 0, ssim: 0, tv: 100 },
  guard: false,
};
let data: TinyData;
let options: Omit<TrainOptions, "out">;
let tested: TestFiles;

const at = (name: string): string => join(folder, name);
const figuresOf = async (out: string): Promise<ValidationFigures[]> =>
  (await MetricsLog.resume(join(out, "metrics.jsonl"), 100)).figures();
const keptUpdate = async (out: string): Promise<number> =>
  (await readManifest(join(out, "manifest.json"), clidim)).kept;
const best = (figures: readonly ValidationFigures[]): ValidationFigures =>
  figures.reduce((top, next) => (score(next) > score(top) ? next : top));
const stopAt = (update: number): TrainHooks => {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onProgress: (now) => {
      if (now.update >= update) controller.abort();
    },
  };
};

beforeAll(async () => {
  data = await writeTinyData(at("data"), 4);
  const [noisy, clean] = [data.noisy.slice(0, 3), data.clean.slice(0, 3)];
  options = { method: clidim, noisy, clean, overrides: { ...overrides, selection: "validation" }, seed: 1 };
  tested = { noisy: data.noisy.slice(3), clean: data.clean.slice(3) };
  await train({ ...options, out: at("validation") });
});

describe("selection validation", () => {
  test("keeps the model with the best validation figures, not a later one", async () => {
    const figures = await figuresOf(at("validation"));
    expect(figures.map(({ update }) => update)).toEqual([10, 20, 30, 40]);
    const { update } = best(figures);
    expect(update).toBeLessThan(40);
    expect(await keptUpdate(at("validation"))).toBe(update);
    const model = importModel(readFileSync(at("validation/model.safetensors")), methods);
    expect(model.provenance).toMatchObject({ updates: update });
    // The same run, stopped there, with the last model kept.
    const last = { ...options, overrides: { ...overrides, selection: "last" }, out: at("stopped") };
    await train(last, stopAt(update));
    expect(await keptUpdate(at("stopped"))).toBe(update);
    expect(tensorsOf(at("validation/model.safetensors"))).toEqual(tensorsOf(at("stopped/model.safetensors")));
    // The preview is of the model that is kept.
    const preview = (out: string): Buffer => readFileSync(join(at(out), "preview.png"));
    expect(preview("validation")).toEqual(preview("stopped"));
    await train({ ...last, out: at("to-the-end") });
    expect(preview("validation")).not.toEqual(preview("to-the-end"));
  });

  test("an interruption after it does not lose it", async () => {
    const out = at("resumed");
    await train({ ...options, out }, stopAt(25));
    await train({ ...options, out, resume: true });
    expect(await keptUpdate(out)).toBe(await keptUpdate(at("validation")));
    expect(readFileSync(join(out, "preview.png"))).toEqual(readFileSync(at("validation/preview.png")));
    expect(tensorsOf(join(out, "model.safetensors"))).toEqual(tensorsOf(at("validation/model.safetensors")));
  });
});

test("selection last keeps the last model", async () => {
  const out = at("last");
  await train({ ...options, out, overrides: { ...overrides, selection: "last" } });
  expect(await keptUpdate(out)).toBe(40);
  expect(best(await figuresOf(out)).update).toBeLessThan(40);
});

describe("selection as-released", () => {
  const released = { ...overrides, selection: "as-released" };

  test("holds nothing out, chooses on the test set, and says so", async () => {
    const out = at("as-released");
    const sentences: string[] = [];
    const regions = ["right"] as const;
    const run = { ...options, out, overrides: released, test: { ...tested, regions } };
    await train(run, { ...stopAt(10), onWarning: (sentence) => sentences.push(sentence) });
    const manifest = await readManifest(join(out, "manifest.json"), clidim);
    expect(manifest.data.split).toMatchObject({
      kind: "test",
      training: [{ pages: 2 }, { pages: 2 }, { pages: 2 }],
    });
    expect(manifest.data.split.validation).toHaveLength(2);
    expect(manifest.data.split.validation[0]).toContain(`${tested.noisy[0]} (right), page 0`);
    expect(manifest.data.test).toMatchObject({ noisy: [{ name: tested.noisy[0] }], regions });
    expect(sentences.join("\n")).toMatch(/the model is chosen on the test set, as in the released code/);
    await expect(train({ ...run, resume: true, test: tested })).rejects.toThrow(
      /test regions\.0 was "right", is undefined/,
    );
  });

  test("needs a test set, and no other selection takes one", async () => {
    const out = at("refused");
    await expect(train({ ...options, out, overrides: released })).rejects.toThrow(
      /selection as-released keeps the model that is best on the test set; name the test set, or choose/,
    );
    await expect(train({ ...options, out, test: tested })).rejects.toThrow(
      /a test set is named, but selection validation does not look at one/,
    );
    const regions = ["left", "top"] as const;
    const overlapping = { ...options, out, overrides: released, test: { ...tested, regions } };
    await expect(train(overlapping)).rejects.toThrow(
      "test regions: expected parts that do not overlap, unlike left and top",
    );
    expect(existsSync(out)).toBe(false);
  });
});

test.each([
  [1, "scenes", "none", 2, /^the pages are all of one file, .*; split frames holds out some of its pages$/m],
  [3, "frames", "none", 1, /^every file has one page only, .*; split scenes holds out some of the files$/m],
  [1, "auto", "none", 1, /^there is one page only, so that nothing can be held out/m],
  [1, "frames", "captures", 2, /^all noisy pages show one field of view/m],
] as const)("%d files, split %s: %s", async (files, split, kind, pages, sentence) => {
  const sentences: string[] = [];
  const stop = new Error("enough");
  const run = train(
    {
      method: clidim,
      noisy: data.noisy.slice(0, files).map((path) => (pages === 1 ? `${path}#0` : path)),
      clean: data.clean.slice(0, files),
      out: at("warned"),
      overrides: { ...tiny, split },
    },
    {
      onWarning: (text) => sentences.push(text),
      onStart: (start) => {
        expect(start.split.kind).toBe(kind);
        throw stop;
      },
    },
  );
  await expect(run).rejects.toBe(stop);
  expect(sentences.join("\n")).toMatch(sentence);
});

test("captures that are files of their own: the run says that their field is trained on", async () => {
  const sentences: string[] = [];
  const stop = new Error("enough");
  const noisy = [`${data.noisy[0]}#0`, `${data.noisy[0]}#1`];
  const clean = [data.clean[0]!, data.clean[0]!];
  const run = train(
    { method: clidim, noisy, clean, out: at("same field"), overrides: tiny, validation: 0.5 },
    {
      onWarning: (text) => sentences.push(text),
      onStart: (start) => {
        expect(start.split.kind).toBe("captures");
        throw stop;
      },
    },
  );
  await expect(run).rejects.toBe(stop);
  expect(sentences.join("\n")).toMatch(
    /#1 shows a field that is trained on \(its clean image is that of .*#0\)/,
  );
});

test("averaged clean images: the run says of which pages", async () => {
  for (const [groundTruth, sentence] of [
    [
      "all",
      /^ground truth: the mean of all pages of each noisy file, also of those that are not trained on$/m,
    ],
    ["shots", /^ground truth: the mean of the pages of each noisy file that are used$/m],
    ["leave-one-out", /^ground truth: the mean of the other pages of the noisy file that are used$/m],
  ] as const) {
    const sentences: string[] = [];
    const stop = new Error("enough");
    const run = train(
      {
        method: clidim,
        noisy: data.noisy,
        out: at("averaged"),
        overrides: { ...tiny, shots: 4, groundTruth },
        validation: 0.3,
      },
      {
        onWarning: (text) => sentences.push(text),
        onStart: ({ split }) => {
          const pages = split.training.reduce((sum, { noisy }) => sum + noisy.length, 0);
          expect(pages).toBe(groundTruth === "all" ? 4 : 2);
          throw stop;
        },
      },
    );
    await expect(run).rejects.toBe(stop);
    expect(sentences.join("\n")).toMatch(sentence);
  }
});
