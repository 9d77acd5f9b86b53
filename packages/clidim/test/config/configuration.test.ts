import { describe, expect, it } from "vitest";
import { Configuration, parseConfiguration, resolveConfiguration } from "../../src/config/configuration.js";
import { presets } from "../../src/config/presets.js";
import { InputError } from "../../src/image/inputError.js";

describe("presets", () => {
  it.each(Object.entries(presets))("%s is valid and named", (name, preset) => {
    expect(Configuration.parse(preset)).toEqual(preset);
    expect(preset.preset).toBe(name);
    expect(resolveConfiguration(name)).toEqual(preset);
  });

  it("the regularisation of both forms of TV is the same for a crop of 256", () => {
    expect(presets.recommended.weights.tv / 256 ** 2).toBeCloseTo(presets["as-released"].weights.tv, 12);
  });
});

describe("resolveConfiguration", () => {
  it("changes what is given, deeply, and nothing else", () => {
    const { laptop } = presets;
    const resolved = resolveConfiguration("laptop", { updates: 750, batch: undefined, weights: { gan: 0 } });
    expect(resolved).toEqual({ ...laptop, updates: 750, weights: { ...laptop.weights, gan: 0 } });
  });

  it("replaces a normalisation of another mode, and refines one of the same", () => {
    const minmax = { mode: "minmax", scope: "data" };
    expect(resolveConfiguration("laptop", { normalization: minmax }).normalization).toEqual(minmax);
    const refined = resolveConfiguration("laptop", { normalization: { low: 1 } });
    expect(refined.normalization).toEqual({ mode: "percentile", low: 1, high: 99.9, bound: 0.8 });
  });

  it.each([
    [{ update: 10 }, /update is not a key; allowed: .*updates/],
    [{ weights: { L1: 3 } }, /weights\.L1 is not a key; allowed: gan, l1, ssim, tv/],
    [{ weights: 3 }, /weights is 3; allowed: a record/],
    [{ updates: 0 }, /updates is 0; allowed: a whole number from 1 to/],
    [{ batch: 2.5 }, /batch is 2\.5; allowed: a whole number/],
    [{ learningRate: "fast" }, /learningRate is "fast"; allowed: a number/],
    [{ tvReduction: "max" }, /tvReduction is "max"; allowed: sum, mean/],
    [{ ssimWindow: 4 }, /ssimWindow is 4; allowed: an odd number from 3 to 15/],
    [{ contrastive: { mode: "disc" } }, /contrastive\.mode is "disc"; allowed: off/],
    [{ normalization: { mode: "zscore" } }, /normalization\.mode is "zscore"; allowed: .*percentile/],
    [{ normalization: { mode: "minmax" } }, /normalization\.scope is missing; allowed: data, batch/],
    [{ crop: 96 }, /crop is 96; allowed: a multiple of 2\^downs = 64, such as 128/],
    [{ downs: 8 }, /crop is 64; allowed: a multiple of 2\^downs = 256/],
    [{ weights: { gan: 0, l1: 0, ssim: 0, tv: 0 } }, /at least one weight above 0/],
  ])("names key, value and what is allowed: %j", (overrides, message) => {
    expect(() => resolveConfiguration("laptop", overrides)).toThrow(InputError);
    expect(() => resolveConfiguration("laptop", overrides)).toThrow(message);
  });

  it("names every problem at once", () => {
    expect(() => resolveConfiguration("laptop", { batch: 0, nfg: 3 })).toThrow(
      /batch is 0.*nfg is not a key/,
    );
  });

  it("rejects an unknown preset", () => {
    expect(() => resolveConfiguration("tiny")).toThrow(/preset is "tiny"; allowed: laptop, as-printed/);
  });
});

describe("parseConfiguration", () => {
  it("needs every key", () => {
    expect(parseConfiguration(JSON.parse(JSON.stringify(presets.laptop)))).toEqual(presets.laptop);
    const { batch: _batch, ...rest } = presets.laptop;
    expect(() => parseConfiguration(rest)).toThrow(/batch is missing; allowed: a whole number/);
    expect(() => parseConfiguration("laptop")).toThrow(InputError);
  });
});
