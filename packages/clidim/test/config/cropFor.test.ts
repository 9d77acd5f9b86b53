import { resolveConfiguration } from "@clidim/denoise";
import { describe, expect, it } from "vitest";
import { cropFor } from "../../src/cropFor.js";
import { clidim } from "../../src/method.js";
import { presetNames } from "../../src/schema.js";

describe("what small images can be trained with", () => {
  // Presets that normalise by mean and standard deviation have no MS-SSIM.
  const normalization = { mode: "percentile", low: 0.1, high: 99.9, bound: 0.8 };
  const changes = [
    {},
    { contrastive: { mode: "patchnce", layers: 6 }, downs: 6, crop: 192 },
    { weights: { msssim: 1 }, crop: 512, normalization },
  ] as const;

  it.each(presetNames.flatMap((preset) => changes.map((change) => [preset, change] as const)))(
    "is not refused: %s with %j",
    (preset, change) => {
      const configuration = resolveConfiguration(clidim, preset, change);
      for (const side of [32, 48, 64, 100, 128, 160, 161, 200]) {
        const fitting = cropFor(configuration, side)!;
        // Records of a mode have it beside what changes.
        expect(resolveConfiguration(clidim, preset, merged(change, fitting)).crop).toBeLessThanOrEqual(side);
      }
    },
  );

  it("names each key that has to change", () => {
    const of = (preset: string, side: number, change = {}) =>
      cropFor(resolveConfiguration(clidim, preset, change), side);
    expect(of("laptop", 31)).toBeUndefined();
    expect(of("mid3a", 128)).toMatchObject({ crop: 128, downs: 7, weights: { msssim: 0 } });
    const patches = { contrastive: { mode: "patchnce", layers: 6 }, downs: 6, crop: 128 };
    expect(of("quick", 40, patches)).toEqual({ crop: 32, downs: 5, contrastive: { layers: 4 } });
    const finest = { ...patches, contrastive: { mode: "patchnce", feature: "finest", layers: 10 } };
    expect(of("quick", 40, finest)).toEqual({ crop: 32, downs: 5 });
    const alone = { l1: 0, mse: 0, gan: 0, ssim: 0, tv: 0, psnr: 0, msssim: 1 };
    const scales = { weights: alone, crop: 512, contrastive: { mode: "off" }, normalization };
    expect(of("quick", 128, scales)).toBeUndefined();
  });
});

/** One record of changes over another. */
function merged(
  below: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(over)) {
    const old = result[key];
    result[key] = typeof value === "object" ? { ...Object(old), ...value } : value;
  }
  return result;
}
