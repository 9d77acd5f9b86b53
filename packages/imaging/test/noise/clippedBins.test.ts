import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import { type WeighedTransfer, weighedTransfer } from "../../src/noise/clippedBins.js";
import { FrameAccumulator } from "../../src/noise/frameStatistics.js";
import { photonTransfer } from "../../src/noise/photonTransfer.js";
import { type VarianceLine, varianceLine } from "../../src/noise/varianceLine.js";

const side = 80;

/** The curve of frames of a scene whose pixels have `light(0 to 1)` photons, of each of which `grey(photons, normal noise)` is made. */
function curve(
  light: (part: number) => number,
  grey: (photons: number, noise: number) => number,
): WeighedTransfer & { readonly line: VarianceLine } {
  const frames = new FrameAccumulator({ width: side, height: side });
  for (let frame = 0; frame < 12; frame++) {
    const random = counterRandom(4, frame);
    const data = Float32Array.from({ length: side * side }, (_, i) =>
      grey(random.poisson(light((i % side) / side)), random.normal()),
    );
    frames.add({ width: side, height: side, data });
  }
  const found = weighedTransfer([{ name: "scene.tif", bins: photonTransfer(frames.finish()) }]);
  return { ...found, line: varianceLine(found.scenes[0]!.points) };
}

const weighted = ({ scenes }: WeighedTransfer): number =>
  scenes[0]!.points.filter(({ weight }) => weight > 0).length;

describe("weighedTransfer", () => {
  test.each([
    ["up to 2", 2, 1],
    ["up to 4.5", 4.5, 1],
    ["up to 4.5, of 6 grey values each", 4.5, 6],
    ["up to 12", 12, 1],
  ])("zeros among counts of few photons are no clipping: %s", (_, most, gain) => {
    const found = curve(
      (part) => most * part,
      (photons) => gain * photons,
    );
    expect(found).toMatchObject({ counts: true, warnings: [] });
    expect(Math.abs(found.line.gain / gain - 1)).toBeLessThan(0.05);
    expect(Math.abs(found.line.offset)).toBeLessThan(0.03 * gain * gain);
  });

  test("noise that was clipped does not count where enough other brightnesses are left", () => {
    const found = curve(
      (part) => 60 * part,
      (photons, noise) => Math.max(0, Math.round(photons + 5 * noise)),
    );
    expect(found).toMatchObject({ counts: false, warnings: [] });
    expect(found.scenes[0]!.points[0]!.weight).toBe(0);
    expect(Math.abs(found.line.gain - 1)).toBeLessThan(0.06);
    expect(Math.abs(found.line.offset / 25 - 1)).toBeLessThan(0.1);
  });

  test("counts of few photons with read noise that was clipped are no pure counts", () => {
    const found = curve(
      (part) => 20 * part,
      (photons, noise) => Math.max(0, Math.round(photons + 1.3 * noise)),
    );
    expect(found).toMatchObject({ counts: false, warnings: [] });
    expect(Math.abs(found.line.gain - 1)).toBeLessThan(0.05);
  });

  test("where too few are left, those that may be clipped count, which is told of", () => {
    // A photomultiplier with 6 grey values for each photon and read noise of half of that.
    const found = curve(
      (part) => 4.5 * part,
      (photons, noise) => Math.max(0, Math.round(6 * photons + 3 * noise)),
    );
    expect(found.warnings).toEqual([
      expect.stringMatching(
        /^\d+ of \d+ brightnesses are so near the lowest grey value \(0\) that their noise may be clipped there; .* so that these count too/,
      ),
    ]);
    expect(weighted(found)).toBe(found.scenes[0]!.points.length);
    expect(Math.abs(found.line.gain / 6 - 1)).toBeLessThan(0.2);
  });

  test("so it is between brightnesses that were clipped at both ends, which is told of in one sentence", () => {
    const found = curve(
      (part) => 80 * part,
      (photons, noise) => Math.min(9, Math.max(0, Math.round(photons + 2 * noise))),
    );
    expect(found.warnings).toEqual([expect.stringMatching(/so that these count too/)]);
  });

  test("brightnesses at the highest grey value never count; without others there is nothing to measure", () => {
    const few = curve(
      (part) => 40 + 100 * part,
      (photons) => Math.min(photons, 60),
    );
    expect(few.warnings).toEqual([
      expect.stringMatching(/^the noise of [1-5] of \d+ brightnesses alone is not clipped/),
    ]);
    expect(() =>
      curve(
        (part) => 40 + 100 * part,
        (photons) => Math.min(photons, 35),
      ),
    ).toThrow(/^scene\.tif: all brightnesses are so near the highest grey value \(35\)/);
  });
});
