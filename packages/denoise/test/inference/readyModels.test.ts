import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { counterRandom, type Image, InputError, psnr } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { gaussian } from "@clidim/methods";
import { DeviceError, defaultExecutor, mul, setDefaultDevice, type Tensor } from "@clidim/tensor";
import { WasmExecutor } from "@clidim/tensor/wasm";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import type { DenoiseHooks } from "../../src/inference/fileDenoiser.js";
import type { ReadyModel } from "../../src/inference/readyModel.js";
import { exportModel, type ModelDescription } from "../../src/model/modelFile.js";
import type { ClassicalMethod } from "../../src/protocol/method.js";
import { methodRegistry } from "../../src/protocol/registry.js";
import { fictitious } from "../protocol/fictitious.js";

const folder = temporaryFolder();
const at = (...parts: string[]): string => join(folder, ...parts);

const SIDE = 64;
const { normal } = counterRandom(11);
/** Less structure than noise, so that the truth lies between what keeps none of it and what keeps most of both. */
const clean = Float32Array.from(
  { length: SIDE * SIDE },
  (_, i) => 500 + 7 * Math.sin((i % SIDE) / 3) * Math.sin(Math.floor(i / SIDE) / 3),
);
const noisy: Image<"float32"> = {
  ...{ width: SIDE, height: SIDE, dtype: "float32" },
  data: clean.map((value) => value + 12 * normal()),
};

/** A blur that is too narrow by far. */
const narrow: ClassicalMethod<{ readonly sigma: number }> = {
  ...gaussian,
  *fit() {
    yield;
    return { sigma: 0.5 };
  },
  contest: { ...gaussian.contest!, candidates: [{ sigma: 0.5 }] },
};
/** Networks that multiply what they see, in units of its noise: by 0, which leaves the mean of the page; by 3, which is worse than nothing. */
const times = (name: string, factor: number) => ({
  ...fictitious("clean", { name }),
  title: name,
  apply: () => (_variables: unknown, x: Tensor) => mul(x, factor),
});
const [flat, louder] = [times("flat", 0), times("louder", 3)];
const methods = methodRegistry([flat, louder, narrow]);

beforeAll(async () => {
  for (const method of [flat, louder]) {
    const configuration = resolveConfiguration(method, "plain");
    const described: ModelDescription = {
      ...{ method, configuration, provenance: {} },
      normalization: {
        ...{ mode: "standard", low: -4, high: 12, lowPercent: 0.1, highPercent: 99.9 },
        ...{ bound: 2, centre: 1 },
      },
    };
    const variables = method.variables(method.init(configuration, 1).state);
    await writeFile(at(method.name), await exportModel(variables, { ...described, units: "noise" }));
    await writeFile(at(`${method.name}-grey`), await exportModel(variables, described));
  }
  await writeImageFile(at("noisy.tif"), [noisy, noisy]);
});

const readyModel = (file: string): ReadyModel => ({
  ...{ name: `zoo:${file}`, title: file },
  path: async () => at(file),
});

async function denoise(
  out: string,
  ready: readonly ReadyModel[],
  options: { readonly largestPage?: number; readonly surviveLoss?: boolean } = {},
  hooks: DenoiseHooks = {},
) {
  const given = { methods, method: "automatic", files: [at("noisy.tif")], ready } as const;
  const { denoised } = await denoiseFiles({ ...given, out: at(out), ...options }, hooks);
  return denoised[0]!.chosen!;
}
const pageOf = async (out: string) => (await readStack(at(out, "noisy.tif"))).pages[1]!;
const byModel = async (file: string): Promise<ArrayLike<number>> => {
  const out = at(`by-${file}`);
  await denoiseFiles({ methods, model: at(file), files: [at("noisy.tif")], out, skipExisting: true });
  return (await pageOf(`by-${file}`)).data;
};
const byBlur = async (): Promise<ArrayLike<number>> => {
  await denoiseFiles({ method: narrow, files: [at("noisy.tif")], out: at("by-blur"), skipExisting: true });
  return (await pageOf("by-blur")).data;
};
const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));

test("the mean of a model and the best classical method denoises a file of which it foretells more, nearer to the truth than both", async () => {
  const parts: number[] = [];
  const sentence = await denoise(
    "mean",
    [readyModel("louder"), readyModel("flat")],
    {},
    {
      onProgress: ({ done, total }) => parts.push(done / total),
    },
  );
  const [, network, blur] = sentence.match(
    /^(0\.\d\d) times the ready model "flat" \(zoo:flat\) plus (0\.\d\d) times Gaussian blur: sigma 0\.50 pixels.*; taken automatically, since it foretells hidden pixels better than Gaussian blur, the best of the methods without training \(which has \d+\.\d % more squared error\)$/,
  )!;
  expect(Number(network) + Number(blur)).toBeCloseTo(1, 9);
  const [one, other] = [await byModel("flat"), await byBlur()];
  const page = await pageOf("mean");
  const mean = Array.from(one, (value, i) => Number(network) * value + Number(blur) * other[i]!);
  // The weights are said to two digits.
  expect(largest(page.data, mean)).toBeLessThan(0.005 * largest(one, other));
  const truth = { width: SIDE, height: SIDE, data: clean };
  const quality = (data: ArrayLike<number>) => psnr({ ...truth, data }, truth);
  expect(quality(page.data)).toBeGreaterThan(0.2 + Math.max(quality(one), quality(other)));
  expect(parts).toEqual(parts.toSorted((a, b) => a - b));
  expect(parts.at(-1)).toBe(1);
  const [record] = JSON.parse(readFileSync(at("mean", "denoised.json"), "utf8")).results;
  expect(record.channels[0]).toMatchObject({
    methods: ["flat@1", "gaussian@1"],
    models: [{ path: expect.stringContaining("flat") }],
    options: { method: "automatic" },
    chosen: sentence,
  });
});

test("a model that foretells less leaves the file to the classical method, which is as without", async () => {
  const sentence = await denoise("kept", [readyModel("louder")]);
  expect(sentence).toMatch(
    /^Gaussian blur: .*taken automatically.*; the ready model "louder" \(zoo:louder\) foretells them no better \(.* squared error\)$/,
  );
  expect((await pageOf("kept")).data).toEqual(await byBlur());
});

test("pages without noise are left out of the comparison, which is of the others", async () => {
  const steps: Image = { ...noisy, data: clean.map((_, i) => (i % SIDE < SIDE / 2 ? 400 : 600)) };
  await writeImageFile(at("steps.tif"), [steps, noisy, noisy]);
  await writeImageFile(at("steps-alone.tif"), [steps, steps]);
  const given = { methods, method: "automatic", ready: [readyModel("flat")] } as const;
  const chosenOf = async (file: string): Promise<string | undefined> =>
    (await denoiseFiles({ ...given, files: [at(file)], out: at("steps") })).denoised[0]!.chosen;
  const chosen = await chosenOf("steps.tif");
  expect(chosen).toMatch(/the ready model "flat" \(zoo:flat\)/);
  expect(chosen).not.toMatch(/no noise was found/);
  expect(await chosenOf("steps-alone.tif")).toMatch(/no ready model was compared, as no noise was found/);
});

test("pages too large to be whole in memory are the model's alone", async () => {
  const sentence = await denoise("large", [readyModel("flat")], { largestPage: 1000 });
  expect(sentence).toMatch(/^the ready model "flat" \(zoo:flat\); taken automatically/);
  expect(largest((await pageOf("large")).data, await byModel("flat"))).toBeLessThan(1e-3);
});

test("a model that cannot be had is told; one of grey values is a mistake", async () => {
  const path = async (): Promise<string> => {
    throw new InputError("the site is not there");
  };
  expect(await denoise("none", [{ ...readyModel("flat"), path }])).toMatch(
    /; no ready model was compared, as zoo:flat cannot be loaded: the site is not there$/,
  );
  await expect(denoise("grey", [readyModel("flat-grey")])).rejects.toThrow(/images in units of their noise/);
});

test("where the device fails, the classical method does it, and says so", async () => {
  const before = await defaultExecutor();
  const full = new WasmExecutor({ threads: 1 });
  full.compile = async () => {
    throw new DeviceError("outOfMemory", "there is no room");
  };
  setDefaultDevice(full);
  try {
    expect(await denoise("failed", [readyModel("flat")])).toMatch(
      /^Gaussian blur: .*; no ready model was compared, as zoo:flat cannot be applied here: Device: there is no room$/,
    );
  } finally {
    setDefaultDevice(before);
  }
});

/** A device that fails once something is half done. */
function failingDevice(kind: DeviceError["kind"], message: string) {
  const executor = new WasmExecutor({ threads: 1 });
  const put = executor.put.bind(executor);
  let failing = false;
  executor.put = (constants) => {
    if (failing) throw new DeviceError(kind, message);
    return put(constants);
  };
  const onProgress: DenoiseHooks["onProgress"] = ({ done }) => {
    failing ||= done >= 0.5;
  };
  return { executor, onProgress };
}

test("where the device is lost, the error is thrown: the rest of the files would have another method than those before", async () => {
  const before = await defaultExecutor();
  const lost = { name: "DeviceError", kind: "lost", message: "Device: the driver went away" };
  const away = new WasmExecutor({ threads: 1 });
  away.compile = async () => {
    throw new DeviceError("lost", "the driver went away");
  };
  const { executor, onProgress } = failingDevice("lost", "the driver went away");
  try {
    setDefaultDevice(away);
    await expect(denoise("lost-compared", [readyModel("flat")])).rejects.toMatchObject(lost);
    setDefaultDevice(executor);
    await expect(denoise("lost-applied", [readyModel("flat")], {}, { onProgress })).rejects.toMatchObject(
      lost,
    );
  } finally {
    setDefaultDevice(before);
  }
});

test.each([
  ["outOfMemory", {}],
  ["lost", { surviveLoss: true }],
] as const)(
  "where the device fails in the midst of a file (%s), the classical method does it from the start, and says so",
  async (kind, options) => {
    const before = await defaultExecutor();
    const { executor, onProgress } = failingDevice(kind, "the driver went away");
    setDefaultDevice(executor);
    const warnings: string[] = [];
    try {
      const sentence = await denoise(kind, [readyModel("flat")], options, {
        onProgress,
        onWarning: (warning) => warnings.push(warning),
      });
      expect(sentence).toMatch(
        /^Gaussian blur: .*; the ready model "flat" \(zoo:flat\) foretells them better, but could not be applied: Device: the driver went away$/,
      );
    } finally {
      setDefaultDevice(before);
    }
    expect(warnings).toEqual([
      expect.stringMatching(
        /noisy\.tif: a network could not be applied, and a method without training denoises it: Device: the driver went away$/,
      ),
    ]);
    expect((await pageOf(kind)).data).toEqual(await byBlur());
    const [record] = JSON.parse(readFileSync(at(kind, "denoised.json"), "utf8")).results;
    expect(record.channels[0]).toMatchObject({ methods: ["gaussian@1"], models: [] });
  },
);
