import { parseConfiguration, resolveConfiguration } from "@clidim/denoise";
import { InputError } from "@clidim/imaging";
import { describe, expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import { presets } from "../../src/presets.js";
import { Configuration } from "../../src/schema.js";

describe("presets", () => {
  it.each(Object.entries(presets))("%s is valid and named", (name, preset) => {
    expect(Configuration.parse(preset)).toEqual(preset);
    expect(preset.preset).toBe(name);
    expect(resolveConfiguration(clidim, name)).toEqual(preset);
  });

  it("the regularisation of both forms of TV is the same for a crop of 256", () => {
    expect(presets.recommended.weights.tv / 256 ** 2).toBeCloseTo(presets["as-released"].weights.tv, 12);
  });
});

describe("the table of presets", () => {
  const { laptop, recommended, mid3a, ...asIn } = presets;
  const printed = asIn["as-printed"];
  const released = asIn["as-released"];

  it("network, batch, length and weights", () => {
    expect(
      [printed, released, recommended].map(({ downs, ngf, upsampling }) => [downs, ngf, upsampling]),
    ).toEqual([
      [7, 64, "transposed"],
      [8, 64, "transposed"],
      [8, 64, "transposed"],
    ]);
    expect([printed, released, recommended].map(({ batch }) => batch)).toEqual([32, 128, 32]);
    expect([printed, released, recommended].map(({ updates }) => updates)).toEqual([10_010, 2403, 10_000]);
    expect(printed.weights).toEqual({ gan: 1, l1: 1, mse: 0, ssim: 10, tv: 1e-4, msssim: 0, psnr: 0 });
    expect(released.weights).toEqual({ gan: 1, l1: 100, mse: 0, ssim: 10, tv: 1e-4, msssim: 0, psnr: 0 });
    expect(recommended.weights).toEqual({
      gan: 1,
      l1: 100,
      mse: 0,
      ssim: 10,
      tv: 6.5536,
      msssim: 0,
      psnr: 0,
    });
    expect([printed, released, recommended].map(({ tvReduction }) => tvReduction)).toEqual([
      "sum",
      "sum",
      "mean",
    ]);
    for (const { l1Target, ganLoss, topK, diffAugment } of Object.values(presets)) {
      expect([l1Target, ganLoss, topK.floor]).toEqual(["clean", "vanilla", 1]);
      expect(diffAugment.includes("saturation")).toBe(false);
    }
  });

  it("normalisation", () => {
    const perBatch = { mode: "minmax", scope: "batch" };
    expect(printed.normalization).toEqual(perBatch);
    expect(released.normalization).toEqual(perBatch);
    expect(recommended.normalization).toEqual({ mode: "percentile", low: 0.1, high: 99.9, bound: 0.8 });
  });

  it("contrastive terms", () => {
    expect(printed.contrastive).toMatchObject({ loss: "ntxent", temperature: 0.1, fraction: 0.5 });
    expect(released.contrastive).toMatchObject({
      mode: "disc",
      weight: 1,
      loss: "infonce",
      temperature: 0.1,
      l2norm: false,
      projection: "frozen",
      feature: "logits",
      augmentation: "released",
      includeFakes: true,
      fraction: 1,
      maskOverlap: 1,
      startUpdate: 0,
    });
    expect(recommended.contrastive).toMatchObject({
      mode: "disc",
      weight: 1,
      loss: "ntxent",
      temperature: 0.1,
      l2norm: true,
      projection: "trained",
      feature: "penultimate",
      augmentation: "unresampled",
    });
    expect([laptop.contrastive.mode, mid3a.contrastive.mode]).toEqual(["off", "off"]);
    for (const { notes } of Object.values(presets)) expect(notes.join()).not.toMatch(/not available/);
  });
});

describe("resolveConfiguration", () => {
  it("changes what is given, deeply, and nothing else", () => {
    const { laptop } = presets;
    const resolved = resolveConfiguration(clidim, "laptop", {
      updates: 750,
      batch: undefined,
      weights: { gan: 0 },
    });
    expect(resolved).toEqual({ ...laptop, updates: 750, weights: { ...laptop.weights, gan: 0 } });
  });

  it("the blocks that patchnce compares do not matter where it compares the finest features", () => {
    const contrastive = { mode: "patchnce", feature: "finest" };
    expect(resolveConfiguration(clidim, "quick", { contrastive }).contrastive.layers).toBe(4);
    expect(() => resolveConfiguration(clidim, "quick", { contrastive: { mode: "patchnce" } })).toThrow(
      /contrastive\.layers is 4; allowed: at most downs = 3/,
    );
  });

  it("replaces a normalisation of another mode, and refines one of the same", () => {
    const minmax = { mode: "minmax", scope: "data" };
    expect(resolveConfiguration(clidim, "laptop", { normalization: minmax }).normalization).toEqual(minmax);
    const refined = resolveConfiguration(clidim, "laptop", { normalization: { low: 1 } });
    expect(refined.normalization).toEqual({ mode: "percentile", low: 1, high: 99.9, bound: 0.8 });
  });

  it("takes a noisy l1Target beside any other term, such as a total variation", () => {
    const noisy = { l1Target: "noisy", weights: { gan: 0, ssim: 0, tv: 1 } };
    expect(resolveConfiguration(clidim, "laptop", noisy).weights).toMatchObject({ gan: 0, mse: 0, tv: 1 });
    const none = { l1Target: "noisy", weights: { gan: 0, l1: 0, ssim: 0, tv: 0 } };
    expect(() => resolveConfiguration(clidim, "laptop", none)).toThrow(
      /^configuration: weights is [^;]*; allowed: at least one weight above 0$/,
    );
  });

  it.each([
    [{ update: 10 }, /update is not a key; allowed: .*updates/],
    [{ weights: { L1: 3 } }, /weights\.L1 is not a key; allowed: gan, l1, mse, ssim, tv/],
    [
      { l1Target: "noisy", weights: { gan: 0, ssim: 0, tv: 0 } },
      /l1Target is "noisy"; allowed: clean while all weights but l1 are 0, as nothing but the noisy images is compared with/,
    ],
    [{ weights: 3 }, /weights is 3; allowed: a record/],
    [{ updates: 0 }, /updates is 0; allowed: a whole number from 1 to/],
    [{ batch: 2.5 }, /batch is 2\.5; allowed: a whole number/],
    [{ learningRate: "fast" }, /learningRate is "fast"; allowed: a number/],
    [{ tvReduction: "max" }, /tvReduction is "max"; allowed: sum, mean/],
    [{ ssimWindow: 4 }, /ssimWindow is 4; allowed: an odd number from 3 to 15/],
    [
      { contrastive: { mode: "cl" } },
      /contrastive\.mode is "cl"; allowed: off, disc, pretrain, joint, supcon, patchnce/,
    ],
    [
      { contrastive: { mode: "disc", tau: 1 } },
      /contrastive\.tau is not a key; allowed: mode, weight, loss, temperature/,
    ],
    [
      { contrastive: { mode: "joint", temperature: 0 } },
      /contrastive\.temperature is 0; allowed: a number from 0\.001/,
    ],
    [
      { contrastive: { mode: "joint", feature: "logits" } },
      /contrastive\.feature is "logits"; allowed: bottleneck, finest in mode joint/,
    ],
    [{ contrastive: { mode: "disc", feature: "bottleneck" } }, /allowed: logits, penultimate in mode disc/],
    [
      { contrastive: { mode: "patchnce", layers: 7 } },
      /contrastive\.layers is 7; allowed: at most downs = 6/,
    ],
    [
      { contrastive: { mode: "patchnce", layers: 6 } },
      /contrastive\.layers is 6; allowed: at most 5 for crops of 64 pixels, of which later blocks leave one place/,
    ],
    [
      { normalization: { mode: "standard" }, output: "tanh" },
      /output is "tanh"; allowed: linear, filtered with normalization\.mode standard/,
    ],
    [
      { normalization: { mode: "standard" } },
      /weights\.ssim is 10; allowed: 0 with normalization\.mode standard, whose values reach beyond the range/,
    ],
    [
      { normalization: { mode: "standard" }, weights: { ssim: 0, psnr: 1 } },
      /weights\.psnr is 1; allowed: 0 with normalization\.mode standard/,
    ],
    [
      { topK: { decay: 0.99 } },
      /topK\.decay is 0\.99; allowed: 1 while topK\.floor is 1, which keeps all; give floor as well/,
    ],
    [
      { contrastive: { mode: "pretrain" }, updates: 1000 },
      /pretrainUpdates is 1000; allowed: less than updates = 1000/,
    ],
    [
      { contrastive: { mode: "disc" }, weights: { gan: 0 } },
      /contrastive\.mode is "disc"; allowed: any but disc while weights\.gan is 0/,
    ],
    [{ contrastive: { l2norm: 1 } }, /contrastive\.l2norm is 1; allowed: true, false/],
    [{ ganLoss: "hinge" }, /ganLoss is "hinge"; allowed: vanilla, lsgan, wgangp/],
    [{ diffAugment: ["colour"] }, /diffAugment\.0 is "colour"; allowed: a list of brightness, saturation/],
    [{ diffAugment: "cutout" }, /diffAugment is "cutout"; allowed: a list of/],
    [{ topK: { floor: 0 } }, /topK\.floor is 0; allowed: a number from 0\.01 to 1/],
    [{ weights: { msssim: 1 } }, /weights\.msssim is 1; allowed: 0 for crops below 161 pixels/],
    [{ normalization: { mode: "zscore" } }, /normalization\.mode is "zscore"; allowed: .*percentile/],
    [{ normalization: { mode: "minmax" } }, /normalization\.scope is missing; allowed: data, batch/],
    [{ crop: 96 }, /crop is 96; allowed: a multiple of 2\^downs = 64, such as 128/],
    [{ downs: 8 }, /crop is 64; allowed: a multiple of 2\^downs = 256/],
    [{ weights: { gan: 0, l1: 0, ssim: 0, tv: 0 } }, /at least one weight above 0/],
  ])("names key, value and what is allowed: %j", (overrides, message) => {
    expect(() => resolveConfiguration(clidim, "laptop", overrides)).toThrow(InputError);
    expect(() => resolveConfiguration(clidim, "laptop", overrides)).toThrow(message);
  });

  it("a contrastive term of another mode starts from that mode's defaults, one of the same is refined", () => {
    const { contrastive } = resolveConfiguration(clidim, "as-released", {
      contrastive: { mode: "supcon", layers: 2 },
    });
    expect(contrastive).toMatchObject({
      mode: "supcon",
      weight: 0.1,
      temperature: 0.07,
      l2norm: true,
      feature: "bottleneck",
      captures: true,
      layers: 2,
    });
    const refined = resolveConfiguration(clidim, "as-released", {
      contrastive: { temperature: 2 },
    }).contrastive;
    expect(refined).toEqual({ ...presets["as-released"].contrastive, temperature: 2 });
  });

  it("names every problem at once", () => {
    expect(() => resolveConfiguration(clidim, "laptop", { batch: 0, nfg: 3 })).toThrow(
      /batch is 0.*nfg is not a key/,
    );
  });

  it("a mode that does not exist is one problem, not one per key", () => {
    expect(() => resolveConfiguration(clidim, "laptop", { contrastive: { mode: "toString" } })).toThrow(
      /^configuration: contrastive\.mode is "toString"; allowed: off, disc, pretrain, joint, supcon, patchnce$/,
    );
  });

  it("rejects an unknown preset", () => {
    expect(() => resolveConfiguration(clidim, "tiny")).toThrow(
      /preset is "tiny"; allowed: quick, best, laptop, as-printed/,
    );
  });
});

describe("parseConfiguration", () => {
  it("gives keys that files of before lack the value that stands for what was done then", () => {
    const { schedule, emaDecay, r1, r1Interval, discriminatorRate, ganWarmup, guard, ...before } =
      presets.mid3a;
    expect(parseConfiguration(clidim, before)).toEqual({ ...presets.mid3a, guard: false });
    expect(guard).toBe(true);
    expect({ schedule, emaDecay, r1, r1Interval, discriminatorRate, ganWarmup }).toEqual({
      schedule: "linear",
      emaDecay: 0,
      r1: 0,
      r1Interval: 1,
      discriminatorRate: 1,
      ganWarmup: 0,
    });
  });

  it("needs every key", () => {
    expect(parseConfiguration(clidim, JSON.parse(JSON.stringify(presets.laptop)))).toEqual(presets.laptop);
    const { batch: _batch, ...rest } = presets.laptop;
    expect(() => parseConfiguration(clidim, rest)).toThrow(/batch is missing; allowed: a whole number/);
    expect(() => parseConfiguration(clidim, "laptop")).toThrow(InputError);
  });
});
