import { describeConfiguration, type Plain, resolveConfiguration } from "@clidim/denoise";
import { describe, expect, it } from "vitest";
import { hdn } from "../../src/hdn/method.js";
import { presetNames } from "../../src/hdn/schema.js";
import { expectToDenoise } from "../variational/expectToDenoise.js";

const wrong: readonly (readonly [Plain, string])[] = [
  [{ crop: 66 }, "crop is 66; allowed: a multiple of 2^depth = 8, such as 72"],
  [{ depth: 7 }, "depth is 7; allowed: a whole number from 1 to 6"],
  [{ precision: "mixed" }, 'precision is "mixed"; allowed: float32'],
  [{ norm: "instance" }, 'norm is "instance"; allowed: none, batch'],
  [{ dropout: 1 }, "dropout is 1; allowed: a number from 0 to 0.99"],
  [
    { norm: "batch", batch: 1, depth: 5, crop: 32 },
    "batch is 1; allowed: 2 or more, as the innermost level has a single pixel, and a norm needs several",
  ],
  [
    { normalization: { mode: "minmax", scope: "batch" } },
    'normalization.scope is "batch"; allowed: data, as the noise model has the grey values of all images',
  ],
];

describe("hdn", () => {
  it.each(presetNames)("preset %s: a whole configuration", (preset) => {
    const configuration = resolveConfiguration(hdn, preset, {});
    const { depth, filters } = configuration;
    expect(hdn.geometry(configuration)).toEqual({ multiple: 2 ** depth, bytesPerPixel: 8 * filters * 8 });
    expect(hdn.hopeless!(configuration, { kl: depth / 64 ** 2 }, 300)).toContain("posterior has collapsed");
    expect(hdn.hopeless!(configuration, { kl: (2 * depth) / 64 ** 2 }, 300)).toBeUndefined();
  });

  it("every key has a description", () => {
    for (const { key: name, description } of describeConfiguration(hdn)) {
      expect(description, name).toMatch(/\.$/);
    }
  });

  it.each(wrong)("%j: %s", (changes, message) => {
    expect(() => resolveConfiguration(hdn, "laptop", changes)).toThrow(message);
  });

  it("learns to denoise from noisy images alone, the divergence of each level among its losses", async () => {
    const metrics = await expectToDenoise(hdn, {
      ...{ depth: 2, filters: 4, latents: 4, crop: 32, samples: 8 },
      ...{ updates: 40, klAnnealing: 10, learningRate: 8e-3 },
    });
    const { kl, kl1, kl2, kl3 } = metrics;
    expect(kl1! + kl2!).toBeCloseTo(kl!, 5);
    for (const level of [kl1, kl2]) expect(level).toBeGreaterThan(0);
    expect(kl3).toBe(0);
  });
});
