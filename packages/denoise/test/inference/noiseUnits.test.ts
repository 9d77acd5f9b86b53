import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Image, pageInMemory, simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import type { AppliedBlend } from "../../src/inference/blend.js";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import type { DenoisedImages } from "../../src/inference/denoiseFilesOptions.js";
import { maskedPage } from "../../src/inference/maskedPage.js";
import { modelsDenoiser } from "../../src/inference/modelsDenoiser.js";
import { lazyPageUnits, pageUnits } from "../../src/inference/noiseUnitsFile.js";
import { loadModel } from "../../src/model/loadModel.js";
import { exportModel, type Model, type ModelDescription } from "../../src/model/modelFile.js";
import type { RunConfiguration } from "../../src/protocol/runConfiguration.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const SIDE = 96;
const [scene] = simulateScenes({ seed: 8, size: SIDE, scenes: 1, frames: 1 });
const grey = Float32Array.from(scene!.noisy[0]!.data);

const method = methods.trainedNamed("care");
const configurationOf = (): RunConfiguration =>
  resolveConfiguration(method, "laptop", { filters: 2, depth: 1 });

beforeAll(async () => {
  const configuration = configurationOf();
  const variables = method.variables(method.init(configuration, 3).state);
  const described: ModelDescription = {
    ...{ method, configuration, provenance: {} },
    normalization: {
      ...{ mode: "standard", low: -4, high: 12, lowPercent: 0.1, highPercent: 99.9 },
      ...{ bound: 2, centre: 1 },
    },
  };
  await writeFile(
    at("noise"),
    await exportModel(variables, { ...described, units: "noise" }, { halves: true }),
  );
  await writeFile(at("grey"), await exportModel(variables, described));
  const page = (data: Float32Array): Image<"float32">[] => [
    { width: SIDE, height: SIDE, dtype: "float32", data },
  ];
  await writeImageFile(at("cells.tif"), page(grey));
  await writeImageFile(at("brighter.tif"), page(grey.map((value) => 4 * value + 1000)));
});

const denoise = async (
  name: string,
  out: string,
  options: Partial<DenoisedImages> & { readonly model?: readonly string[] } = {},
): Promise<ArrayLike<number>> => {
  const files = [at(name)];
  await denoiseFiles({ ...{ methods, model: at("noise"), files, out: at(out) }, ...options });
  return (await readStack(join(at(out), name))).pages[0]!.data;
};

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));

test("the units of a page are of the pixels that are there, as it lies in its file and filled", async () => {
  const data = grey.map((value, i) => (i % SIDE < 40 ? Number.NaN : value));
  const page = { width: SIDE, height: SIDE, dtype: "float32", data } as const;
  const units = pageUnits(maskedPage(page).whole!, undefined)!;
  expect(Number.isFinite(units.centre)).toBe(true);
  expect(pageUnits(page, undefined)).toEqual(units);
  expect(await lazyPageUnits(pageInMemory(page), undefined)).toEqual(units);
});

describe("a model of images in units of their noise", () => {
  test("says so in its file, whose weights may be halves", async () => {
    const [halves, whole] = [await loadModel(at("noise"), methods), await loadModel(at("grey"), methods)];
    expect(halves.units).toBe("noise");
    expect(whole.units).toBeUndefined();
    expect(halves.normalization).toEqual(whole.normalization);
  });

  test("does the same whatever the camera adds and multiplies", async () => {
    const [one, other] = [await denoise("cells.tif", "out"), await denoise("brighter.tif", "out")];
    const mapped = Array.from(one, (value) => 4 * value + 1000);
    const range = Math.max(...mapped) - Math.min(...mapped);
    expect(largest(other, mapped)).toBeLessThan(1e-3 * range);
    expect(largest(one, grey)).toBeGreaterThan(1);
  });

  test("does the same by bands of a page that is larger than memory", async () => {
    const whole = await denoise("cells.tif", "whole");
    const bands = await denoise("cells.tif", "bands", { largestPage: 32 * SIDE });
    expect(largest(whole, bands)).toBeLessThan(1e-3 * (Math.max(...grey) - Math.min(...grey)));
  });

  test.each([undefined, 100_000])(
    "says of which pages the noise was not found, whole and by bands",
    async (largestPage) => {
      const side = 544;
      // So few pixels are no contrast, and those in the middle have none.
      const corner = (i: number): boolean => i % side < 12 && i < 12 * side;
      const data = Float32Array.from({ length: side * side }, (_, i) =>
        corner(i) ? grey[i % grey.length]! : 100,
      );
      await writeImageFile(at("flat.tif"), [{ width: side, height: side, dtype: "float32", data }]);
      const warnings: string[] = [];
      const files = [at("flat.tif")];
      await denoiseFiles(
        {
          ...{ methods, model: at("noise"), files, out: at(`flat-${largestPage}`) },
          ...(largestPage && { largestPage }),
        },
        { onWarning: (sentence) => warnings.push(sentence) },
      );
      const [page] = (await readStack(join(at(`flat-${largestPage}`), "flat.tif"))).pages;
      expect(page!.data).toEqual(data);
      expect(warnings).toContainEqual(
        expect.stringMatching(
          /flat\.tif: 1 page has no noise where the contrast is largest.* in the result as before; .*\(noise\)$/,
        ),
      );
    },
  );

  test.each<[string, Partial<Model>, boolean, RegExp]>([
    [
      "several captures",
      { configuration: { ...configurationOf(), frames: 3 } },
      false,
      /got one of several captures$/,
    ],
    [
      "maps of the noise",
      { configuration: { ...configurationOf(), noiseLevelMap: true } },
      false,
      /noiseLevelMap/,
    ],
    ["a blend", {}, true, /blend/],
  ])("refuses a model of %s", async (_name, changes, blended, message) => {
    const model: Model = { ...(await loadModel(at("noise"), methods)), ...changes };
    const method = methods.classicalNamed("bm3d");
    const blend: AppliedBlend = { method, parameters: {}, weight: 0.25 };
    const made = () => modelsDenoiser([model], undefined, { blends: [blended ? blend : undefined] });
    expect(made).toThrow(message);
    expect(made).toThrow(expect.objectContaining({ keys: ["model"] }));
  });

  test.each<[string, Parameters<typeof denoise>[2], RegExp]>([
    ["normalisation by the image", { normalization: "image" }, /in units of its own noise.*leave this out/],
    ["models of grey values", { model: [at("noise"), at("grey")] }, /1 of 2 models take images in units/],
  ])("refuses %s", async (_name, options, message) => {
    await expect(denoise("cells.tif", "refused", options)).rejects.toThrow(message);
  });
});
