import { type Plain, resolveConfiguration } from "@clidim/denoise";
import { fitNormalization, pageInMemory } from "@clidim/imaging";
import { key, zeros } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { drawBlindSpots } from "../../src/blindSpots/blindSpots.js";
import { maskImages } from "../../src/blindSpots/manipulators.js";
import { hideNeighbours } from "../../src/blindSpots/structuredMask.js";
import { noise2void } from "../../src/noise2void/method.js";
import { spotBox } from "../../src/noise2void/spotBox.js";

const boxOf = (changes: Plain, preset = "laptop"): number =>
  spotBox(resolveConfiguration(noise2void, preset, changes));

/** The part of the pixels that is hidden with boxes of this side, spots and neighbours. */
function hiddenPart(box: number, span: number): number {
  const shape = [4, 128, 128, 1];
  const images = zeros(shape);
  const masked = maskImages("identity", key(3), images, drawBlindSpots(key(1), shape, box), 2);
  const { input, mask } = hideNeighbours(masked, key(2), "horizontal", span);
  const [values, spots] = interpret([input, mask]);
  return (
    Array.from(values!, (value, i) => Number(value !== 0 || spots![i] === 1)).reduce((a, b) => a + b) /
    values!.length
  );
}

describe("spotBox", () => {
  it("is that of maskedPercent without hidden neighbours", () => {
    expect(boxOf({})).toBe(4);
    expect(boxOf({ hiddenPercent: 1 })).toBe(4);
    expect(boxOf({}, "n2v")).toBe(8);
  });

  it.each(["laptop", "n2v"])("preset %s hides about 5 %% of the pixels whatever the span is", (preset) => {
    for (const structSpan of [3, 11, 31]) {
      const part = hiddenPart(boxOf({ structAxis: "horizontal", structSpan }, preset), structSpan);
      expect(part).toBeLessThan(0.055);
      expect(part).toBeGreaterThan(preset === "laptop" || structSpan > 3 ? 0.035 : 0.02);
    }
  });

  it("is that of maskedPercent where these are few, or where it is asked for; a crop has a spot", () => {
    const axis = { structAxis: "vertical", structSpan: 11 } as const;
    expect(boxOf({ ...axis, maskedPercent: 0.2 })).toBe(22);
    expect(boxOf({ ...axis, hiddenPercent: 100 })).toBe(4);
    expect(boxOf({ ...axis, hiddenPercent: 20 })).toBe(8);
    expect(boxOf({ ...axis, hiddenPercent: 0.1, crop: 32 })).toBe(32);
  });

  it("is told of where it is not that of a maskedPercent of the user's own", async () => {
    const noisy = [
      pageInMemory({ width: 8, height: 8, data: Float32Array.from({ length: 64 }, (_, i) => i) }),
    ];
    const told: string[] = [];
    const images = {
      scenes: [{ name: "page", noisy }],
      normalization: fitNormalization([{ data: [0, 1] }], { mode: "standard" }),
      tell: (sentence: string) => void told.push(sentence),
    };
    const prepare = async (changes: Plain): Promise<void> =>
      void (await noise2void.prepare!(resolveConfiguration(noise2void, "laptop", changes), images));
    await prepare({});
    await prepare({ structAxis: "horizontal", maskedPercent: 0.4 });
    // What a preset says was not asked for.
    await prepare({ structAxis: "horizontal" });
    await prepare({ structAxis: "horizontal", maskedPercent: 6.25 });
    expect(told).toEqual([]);
    await prepare({ structAxis: "horizontal", maskedPercent: 6 });
    expect(told).toEqual([
      "blind spots are one in each 15 x 15 pixels, not in each 4 x 4 as maskedPercent 6 says: with 11 pixels hidden together, these would leave too little to see (hiddenPercent 5)",
    ]);
  });
});

it.each(["horizontal", "auto"])("structAxis %s wants images of mean 0 and deviation 1", (structAxis) => {
  const minmax = { mode: "minmax", scope: "data" } as const;
  expect(() => resolveConfiguration(noise2void, "laptop", { structAxis, normalization: minmax })).toThrow(
    /structAxis is "(horizontal|auto)"; allowed: none with normalization\.mode minmax, as hidden neighbours are drawn for images with mean 0 and standard deviation 1; set normalization\.mode to standard/,
  );
  expect(resolveConfiguration(noise2void, "laptop", { normalization: minmax }).structAxis).toBe("none");
});
