import { tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { normalizeBatch } from "../../src/data/normalizeBatch.js";
import type { TrainingBatch } from "../../src/protocol/batch.js";

const images = (noisy: number[], clean: number[]) => ({
  noisy: tensor(noisy, { shape: [1, 1, noisy.length, 1] }),
  clean: tensor(clean, { shape: [1, 1, clean.length, 1] }),
});
const values = ({ noisy, clean }: TrainingBatch) => interpret([noisy, clean!]).map((x) => [...x]);

describe("normalizeBatch", () => {
  const perBatch = { mode: "minmax", scope: "batch" } as const;

  it("maps the range of both images together to -1 and 1, whatever affine map came before", () => {
    const [noisy, clean] = values(normalizeBatch(perBatch, images([2, 6, 4], [3, 10, 6])));
    expect(noisy).toEqual([-1, 0, -0.5]);
    expect(clean).toEqual([-0.75, 1, 0]);
    const scaled = images(
      [2, 6, 4].map((v) => v * 8 + 64),
      [3, 10, 6].map((v) => v * 8 + 64),
    );
    expect(values(normalizeBatch(perBatch, scaled))).toEqual([noisy, clean]);
  });

  it("maps other captures alike, by the range of the first, and keeps what is no image", () => {
    const scenes = tensor(new Int32Array([3]));
    const capture = tensor([10, 0], { shape: [1, 1, 2, 1] });
    const normalized = normalizeBatch(perBatch, { ...images([2, 6], [3, 10]), capture, scenes });
    expect([...interpret([normalized.capture!])[0]!]).toEqual([1, -1.5]);
    expect(normalized.scenes).toBe(scenes);
  });

  it("maps the noise with the images: the variance scales with the square, wherever the black level is", () => {
    // Variance 0.5 x + 3; the range 2 to 10 becomes y = x / 4 - 1.5, and the variance (0.5 (4 y + 6) + 3) / 16.
    const noise = tensor([0.5, 3, 0.5, 3], { shape: [2, 1, 2] });
    const normalized = normalizeBatch(perBatch, { ...images([2, 6], [3, 10]), noise });
    const found = [...interpret([normalized.noise!])[0]!];
    [2 / 16, 6 / 16, 2 / 16, 6 / 16].forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 9);
    });
    expect(normalized.noise!.shape).toEqual([2, 1, 2]);
  });

  it("does not divide by 0", () => {
    expect(values(normalizeBatch(perBatch, images([5, 5], [5, 5])))).toEqual([
      [-1, -1],
      [-1, -1],
    ]);
  });

  it("leaves a batch that was normalised before alone", () => {
    const batch = images([2, 6], [3, 10]);
    expect(normalizeBatch({ mode: "minmax", scope: "data" }, batch)).toEqual(batch);
    expect(normalizeBatch({ mode: "percentile", low: 0.1, high: 99.9, bound: 0.8 }, batch)).toEqual(batch);
  });
});
