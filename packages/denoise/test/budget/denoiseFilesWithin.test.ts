import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { counterRandom, type Image, type Plane, psnr } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { DeviceError } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { webServer } from "@clidim/testing/webServer";
import { beforeAll, describe, expect, test } from "vitest";
import { denoiseFilesWithin } from "../../src/budget/denoiseFilesWithin.js";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import type { ClassicalMethod, SuitedTraining, TrainedMethod } from "../../src/protocol/method.js";
import { methodRegistry } from "../../src/protocol/registry.js";
import { fictitious } from "../protocol/fictitious.js";

const folder = temporaryFolder();
const at = (...parts: string[]): string => join(folder, ...parts);

const SIDE = 96;

/** Pixels by their place, and with noise of a standard deviation of 12 grey values. */
function scene(value: (x: number, y: number) => number): { clean: Plane; noisy: Image } {
  const { normal } = counterRandom(9);
  const data = Float32Array.from({ length: SIDE * SIDE }, (_, i) => value(i % SIDE, Math.floor(i / SIDE)));
  const size = { width: SIDE, height: SIDE };
  return {
    clean: { ...size, data },
    noisy: { ...size, dtype: "float32", data: data.map((clean) => clean + 12 * normal()) },
  };
}

/** Tells those alone who have the key. */
const server = webServer(
  (path) => {
    try {
      return readFileSync(at(path));
    } catch {
      return undefined;
    }
  },
  ({ url }, response) => {
    if (url?.endsWith("?key=secret")) return false;
    response.writeHead(403).end();
    return true;
  },
);

/** Stripes of two pixels, which no blur keeps, and a network finds in an instant. The waves across hold the blur to a few pixels: wide ones take long to choose from. */
const stripes = scene((x, y) => (x % 2 === 0 ? 60 : 160) + 40 * Math.sin(y / 4));
/** Slopes, which a blur keeps, and a network of one update does not. */
const slopes = scene((x, y) => 100 + 0.5 * x + 40 * Math.sin(y / 30));

/** The blur beside a network that is trained on the images for a number of updates. */
function registry(updates: number, training: Partial<SuitedTraining> = {}) {
  const learnt = {
    ...fictitious("none"),
    selfTraining: {
      ...{ leastUpdates: 1, mostUpdates: updates },
      suits: async () => ({ changes: { learningRate: 0.01 }, reason: "this is a test", ...training }),
    },
  };
  return methodRegistry([learnt, methods.classicalNamed("gaussian")]);
}

const psnrOf = async (path: string, clean: Plane): Promise<number> =>
  psnr((await readStack(path)).pages[0]!, clean);

beforeAll(async () => {
  await writeImageFile(at("stripes.tif"), [stripes.noisy]);
  await writeImageFile(at("slopes.tif"), [slopes.noisy]);
});

const HOUR = 3600;

describe("denoiseFilesWithin", () => {
  test("the model that was trained denoises a file that it foretells better, and says so in result, record and report", async () => {
    const out = at("learnt");
    const phases: string[] = [];
    const running: boolean[] = [];
    const given = { methods: registry(80), files: [at("stripes.tif")], out, report: true };
    const { denoised, models } = await denoiseFilesWithin(
      { ...given, budget: HOUR },
      { onPhase: (text) => phases.push(text), onTraining: (now) => running.push(now) },
    );
    expect(running).toEqual([true, false]);
    expect(phases.join()).toMatch(/Fictitious \(none\) is trained on the images, as this is a test/);
    expect(denoised[0]!.chosen).toMatch(
      /^Fictitious \(none\), trained on this image \(80 updates, \d+ s\); it was taken automatically, since it foretells hidden pixels that it was not trained on better than Gaussian blur, the best of the methods without training \(which has [\d.]+ % more squared error\)$/,
    );
    expect(models).toEqual([join(out, "model")]);
    const [record] = JSON.parse(readFileSync(join(out, "denoised.json"), "utf8")).results;
    expect(record.adapter).toBeDefined();
    expect(record.channels[0]).toMatchObject({
      methods: ["fictitious-none@1"],
      models: [{ path: expect.stringContaining("model.safetensors") }],
      options: { method: "automatic", budget: "3600 s" },
      chosen: denoised[0]!.chosen,
    });
    const { calibrated } = JSON.parse(readFileSync(join(out, "stripes.report.json"), "utf8"));
    expect(calibrated).toMatchObject({ method: "fictitious-none@1", parameters: { updates: 80 } });
    const [first, second] = calibrated.compared;
    expect([first.method, second.method]).toEqual(["fictitious-none@1", "gaussian@1"]);
    expect(first.loss).toBeLessThan(second.loss);
  });

  test("the model that is kept gives the same result again, and a better one than the blur", async () => {
    const out = at("learnt");
    const files = [at("stripes.tif")];
    const again = { methods: registry(80), model: join(out, "model"), files, out: at("by-model") };
    await denoiseFiles(again);
    const pixels = async (path: string) => (await readStack(path)).pages[0]!.data;
    expect(await pixels(at("by-model", "stripes.tif"))).toEqual(await pixels(join(out, "stripes.tif")));
    await denoiseFiles({
      method: methods.classicalNamed("gaussian"),
      files,
      out: at("blurred"),
    });
    expect(await psnrOf(join(out, "stripes.tif"), stripes.clean)).toBeGreaterThan(
      5 + (await psnrOf(at("blurred", "stripes.tif"), stripes.clean)),
    );
  });

  test("the classical method denoises a file that it foretells better, as it does by itself; a second model has a name of its own", async () => {
    const out = at("learnt");
    const files = [at("slopes.tif")];
    const { denoised, models } = await denoiseFilesWithin({ methods: registry(1), files, out, budget: HOUR });
    expect(denoised[0]!.chosen).toMatch(
      /^Gaussian blur: .*; Fictitious \(none\), trained on this image \(1 update, \d+ s\), foretells hidden pixels that it was not trained on no better beyond chance \([\d.]+ % more squared error\)$/,
    );
    expect(models).toEqual([join(out, "model-2")]);
    await denoiseFiles({ method: methods.classicalNamed("gaussian"), files, out: at("blurred") });
    const pixels = async (path: string) => (await readStack(path)).pages[0]!.data;
    expect(await pixels(join(out, "slopes.tif"))).toEqual(await pixels(at("blurred", "slopes.tif")));
    const record = JSON.parse(readFileSync(join(out, "denoised.json"), "utf8")).results.find(
      ({ output }: { readonly output: string }) => output === "slopes.tif",
    );
    expect(record.adapter).toBeUndefined();
    expect(record.channels[0]).toMatchObject({ methods: ["gaussian@1"], models: [] });
  });

  test("where the model is made for noise along an axis, neighbours along it are hidden from both", async () => {
    const gaussian = methods.classicalNamed("gaussian");
    const { contest } = gaussian;
    const axes = new Set<unknown>();
    const watched: typeof gaussian = {
      ...gaussian,
      contest: {
        ...contest!,
        hiddenErrors(part, ...more) {
          axes.add(part.along);
          return contest!.hiddenErrors(part, ...more);
        },
      },
    };
    const [learnt] = registry(1).trained;
    const streaked = { ...learnt!, noiseAxis: () => "horizontal" as const };
    const given = { files: [at("slopes.tif")], out: at("along"), budget: HOUR };
    await denoiseFilesWithin({ ...given, methods: methodRegistry([streaked, watched]) });
    expect(axes).toContain("horizontal");
  });

  test("several files have one model, and each file what suits it; a blank one is left out", async () => {
    const out = at("both");
    await writeImageFile(at("blank.tif"), [{ ...slopes.noisy, data: slopes.noisy.data.map(() => 7) }]);
    const files = [at("blank.tif"), at("stripes.tif"), at("slopes.tif")];
    const { denoised, failed, models } = await denoiseFilesWithin({
      methods: registry(80),
      files,
      out,
      budget: HOUR,
    });
    expect(denoised).toHaveLength(2);
    expect(models).toHaveLength(1);
    expect(denoised[0]!.chosen).toMatch(/^Fictitious \(none\), trained on these images/);
    expect(failed.map(({ input }) => input)).toEqual([at("blank.tif")]);
  });

  test("an image of an address is trained on and denoised with all of the address, which nothing tells", async () => {
    await writeImageFile(at("stripes.ome.zarr"), [stripes.noisy]);
    const [out, said]: [string, string[]] = [at("address"), []];
    const files = [`${server.address}/stripes.ome.zarr?key=secret`];
    const onWarning = (sentence: string): number => said.push(sentence);
    const given = { methods: registry(1), files, out, budget: HOUR };
    const { denoised, models } = await denoiseFilesWithin(given, { onWarning });
    expect(denoised[0]!.chosen).toMatch(/Fictitious \(none\), trained on this image \(1 update/);
    expect(models).toEqual([join(out, "model")]);
    const written = ["denoised.json", "model/manifest.json"].map((name) =>
      readFileSync(join(out, name), "utf8"),
    );
    expect([...said, ...written, JSON.stringify(denoised)].join()).not.toContain("secret");
  });

  test("a budget that leaves no time trains nothing, and says so", async () => {
    const out = at("tiny");
    const { denoised, models, seconds } = await denoiseFilesWithin({
      ...{ methods: registry(10), files: [at("slopes.tif")], out },
      budget: 0.01,
    });
    expect(denoised[0]!.chosen).toMatch(
      /^Gaussian blur: .*; nothing was trained, as the 0\.01 s of the budget leave no time for one: to choose and to denoise takes about \d+ s$/,
    );
    expect(models).toEqual([]);
    expect(readdirSync(out)).not.toContain("model");
    expect(seconds).toBeGreaterThan(0.01);
  });

  test("a training that is stopped is compared as far as it came", async () => {
    const stop = new AbortController();
    const { denoised } = await denoiseFilesWithin(
      { methods: registry(100_000), files: [at("slopes.tif")], out: at("stopped"), budget: HOUR },
      {
        trainingSignal: stop.signal,
        training: { onProgress: ({ update }) => update >= 2 && stop.abort() },
      },
    );
    expect(denoised[0]!.chosen).toMatch(/trained on this image \(\d+ updates of \d+, stopped, \d+ s\)/);
  });

  test("everything is stopped by the other signal, and nothing is left but the model", async () => {
    const stop = new AbortController();
    const out = at("interrupted");
    await expect(
      denoiseFilesWithin(
        { methods: registry(100_000), files: [at("slopes.tif")], out, budget: HOUR },
        { signal: stop.signal, training: { onProgress: () => stop.abort(new Error("enough")) } },
      ),
    ).rejects.toThrow("enough");
    expect(readdirSync(out)).toEqual(["model"]);
  });

  test("images that nothing can be trained on are denoised without, and it is said why", async () => {
    await writeImageFile(at("small.tif"), [
      { ...slopes.noisy, width: 64, height: 64, data: slopes.noisy.data.slice(0, 4096) },
    ]);
    const chosen = async (file: string, all = registry(5)) => {
      const out = at(`not-${file}`);
      const { denoised } = await denoiseFilesWithin({ methods: all, files: [at(file)], out, budget: HOUR });
      return denoised[0]!.chosen;
    };
    expect(await chosen("small.tif")).toMatch(
      /nothing was trained, as pages are too small to hold a part of them out/,
    );
    const alone = methodRegistry([fictitious("none"), methods.classicalNamed("gaussian")]);
    expect(await chosen("slopes.tif", alone)).toMatch(
      /nothing was trained, as no method is trained on such images alone/,
    );
  });

  test("pages that were cut for missing pixels are trained on by none, also where another file has their size", async () => {
    const across = SIDE - 6;
    const { data } = slopes.noisy;
    await writeImageFile(at("gaps.tif"), [
      { ...slopes.noisy, data: Float32Array.from(data, (v, i) => (i % SIDE < across ? v : Number.NaN)) },
    ]);
    await writeImageFile(at("narrow.tif"), [
      { ...slopes.noisy, width: across, data: data.filter((_, i) => i % SIDE < across) },
    ]);
    const { denoised } = await denoiseFilesWithin({
      methods: registry(5),
      files: ["gaps.tif", "narrow.tif"].map((name) => at(name)),
      out: at("gaps"),
      budget: HOUR,
    });
    expect(denoised.map(({ chosen }) => chosen)).toEqual(
      Array(2).fill(
        expect.stringMatching(
          /nothing was trained, as pixels of \S*gaps\.tif are missing, so that its pages have no part that is surely held out/,
        ),
      ),
    );
  });

  /** The blur with a width that is not chosen for long. */
  const blur = methods.classicalNamed("gaussian");
  const quick: ClassicalMethod = {
    ...blur,
    *fit() {
      yield;
      return { sigma: 1 };
    },
    contest: { ...blur.contest!, candidates: [{ sigma: 1 }] },
  };
  /** A run whose device fails in the training, or from its end on. */
  const failingIn = (when: "training" | "comparison", out: string, error: DeviceError) => {
    const all = registry(5);
    const [learnt] = all.trained as readonly [TrainedMethod];
    let failing = when === "training";
    const failed = <T>(value: T): T => {
      if (failing) throw error;
      return value;
    };
    const weak: TrainedMethod = {
      ...learnt,
      apply: (configuration) => failed(learnt.apply(configuration)),
    };
    return denoiseFilesWithin(
      {
        methods: methodRegistry([weak, quick]),
        files: [at("stripes.tif")],
        out: at(`${out} in ${when}`),
        budget: HOUR,
      },
      { onTraining: (now) => (failing ||= !now) },
    );
  };

  test.each(["training", "comparison"] as const)(
    "a device that fails in the %s leaves the file to the best of the others, and it is said why",
    async (when) => {
      const full = new DeviceError("outOfMemory", "the memory is full");
      const { denoised, failed } = await failingIn(when, "full", full);
      expect(failed).toEqual([]);
      expect(denoised[0]!.chosen).toMatch(
        when === "training"
          ? /^Gaussian blur: .*; nothing was trained, as it cannot be: Device: the memory is full$/
          : /^Gaussian blur: .*; Fictitious \(none\), trained on this image .*, could not be compared: Device: the memory is full$/,
      );
    },
  );

  test.each(["training", "comparison"] as const)(
    "a device that is lost in the %s ends the run, as it ends every other",
    async (when) => {
      const lost = new DeviceError("lost", "the driver went away");
      await expect(failingIn(when, "lost", lost)).rejects.toBe(lost);
    },
  );

  test("a budget that is no time is refused", async () => {
    const given = { methods: registry(1), files: [at("slopes.tif")], out: at("refused") };
    for (const budget of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(denoiseFilesWithin({ ...given, budget })).rejects.toThrow(
        /budget: expected a time above 0/,
      );
    }
  });
});
