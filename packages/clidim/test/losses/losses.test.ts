import { add, full, input, key, mul, sub, type Tensor, tensor, uniform } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { goldenImages } from "@clidim/testing/goldenImages";
import { describe, expect, it } from "vitest";
import { dssim, ssimMap } from "../../src/losses/dssim.js";
import { ganLoss } from "../../src/losses/ganLoss.js";
import { gaussianFilter } from "../../src/losses/gaussianFilter.js";
import { l1Loss } from "../../src/losses/l1Loss.js";
import { totalVariation } from "../../src/losses/totalVariation.js";

const golden = goldenImages();
const x = input([1, 32, 32, 1], "f32");
const y = input([1, 32, 32, 1], "f32");
/** In float64, without rounding the images to f32. */
const evaluateGolden = (loss: Tensor): number =>
  interpret(
    [loss],
    new Map([
      [x, golden.x.data],
      [y, golden.y.data],
    ]),
  )[0]![0]!;

const noise = (seed: number, shape = [2, 7, 6, 2]): Tensor => uniform(key(seed), shape);

describe("dssim", () => {
  it.each([
    [5, 0.9667151839, 0.016642408],
    [11, 0.9671968437, 0.0164015781],
  ])("golden values, window %i", (window, similarity, loss) => {
    const map = ssimMap(x, y, { window });
    const mean = interpret(
      [map],
      new Map([
        [x, golden.x.data],
        [y, golden.y.data],
      ]),
    )[0]!;
    expect(mean.reduce((sum, value) => sum + value, 0) / 1024).toBeCloseTo(similarity, 9);
    expect(evaluateGolden(dssim(x, y, { window }))).toBeCloseTo(loss, 9);
  });

  it("is 0 for equal images, symmetric, and unchanged when values and range are scaled", () => {
    expect(evaluateGolden(dssim(x, x))).toBeLessThan(1e-9);
    expect(evaluateGolden(dssim(x, y))).toBeCloseTo(evaluateGolden(dssim(y, x)), 12);
    expect(evaluateGolden(dssim(mul(x, 255), mul(y, 255), { range: 255 }))).toBeCloseTo(
      evaluateGolden(dssim(x, y)),
      9,
    );
  });

  it("rejects images of different shapes and images smaller than the window", () => {
    expect(() => dssim(noise(1), noise(1, [2, 7, 6, 1]))).toThrow(/one shape/);
    expect(() => dssim(noise(1, [1, 5, 5, 1]), noise(2, [1, 5, 5, 1]), { window: 11 })).toThrow(
      /\[1,5,5,1\]/,
    );
  });
});

describe("gaussianFilter", () => {
  it("keeps a constant image and mirrors without repeating the edge", () => {
    const [constant] = interpret([gaussianFilter(full([1, 5, 4, 1], 3), 5, 1.5)]);
    for (const value of constant!) expect(value).toBeCloseTo(3, 12);
    // One row of 0 1 2 ... seen from the left edge: 2 1 0 1 2.
    const ramp = tensor(
      [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((v) => [v, v, v]),
      { shape: [1, 9, 3, 1] },
    );
    const [w0, w1, w2] = [0, 1, 2].map((d) => Math.exp((-d * d) / 4.5)) as [number, number, number];
    const [filtered] = interpret([gaussianFilter(ramp, 5, 1.5)]);
    expect(filtered![0]).toBeCloseTo((2 * w1 + 4 * w2) / (w0 + 2 * w1 + 2 * w2), 9);
    expect(filtered![12]).toBeCloseTo(4, 9);
  });
});

describe("totalVariation", () => {
  it("golden values", () => {
    expect(evaluateGolden(totalVariation(x))).toBeCloseTo(733.4, 9);
    expect(evaluateGolden(totalVariation(sub(mul(x, 2), 1)))).toBeCloseTo(1466.8, 9);
    expect(evaluateGolden(totalVariation(x, { reduction: "mean" }))).toBeCloseTo(733.4 / 1024, 12);
  });

  it("rejects what is no batch of images", () => {
    expect(() => totalVariation(noise(1, [4, 4]))).toThrow(/\[N,H,W,C\]/);
  });
});

describe("ganLoss", () => {
  const logits = tensor([-2, 0, 0.5, 3]);

  it("golden values", () => {
    const [real, fake] = interpret([ganLoss(logits, true), ganLoss(logits, false)]);
    expect(real![0]).toBeCloseTo(0.8356848819, 8);
    expect(fake![0]).toBeCloseTo(1.2106848819, 8);
  });

  it("does not overflow", () => {
    const [value] = interpret([add(ganLoss(tensor([-800]), true), ganLoss(tensor([800]), true))]);
    expect(value![0]).toBeCloseTo(800, 6);
  });
});

describe("l1Loss", () => {
  it("is the mean distance", () => {
    expect(interpret([l1Loss(tensor([1, 2, 5]), tensor([2, 2, 3]))])[0]![0]).toBeCloseTo(1, 12);
    expect(() => l1Loss(noise(1), noise(1, [2, 7, 6, 1]))).toThrow(/shape/);
  });
});
