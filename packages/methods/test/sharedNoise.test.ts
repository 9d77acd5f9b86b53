import { atOnce, chooseClassical } from "@clidim/denoise";
import {
  counterRandom,
  estimateNoise,
  gaussianBlur,
  type Plane,
  psnr,
  simulateScenes,
} from "@clidim/imaging";
import { expect, test } from "vitest";
import { cosine } from "../src/bm3d/blockTransform.js";
import { bm3d } from "../src/bm3d/method.js";
import { noiseDeviations } from "../src/bm3d/noiseDeviations.js";
import { bestGaussianBlur } from "../src/gaussianBlur/bestGaussianBlur.js";
import { methods } from "../src/registry.js";

const side = 112;
const [scene] = simulateScenes({ seed: 120, size: side, scenes: 1, frames: 1 });
const { clean } = scene!;
const noise = Float64Array.from(scene!.noisy[0]!.data, (value, i) => value - clean.data[i]!);
const deviation = Math.sqrt(noise.reduce((sum, value) => sum + value * value, 0) / noise.length);
const page = (errors: Float64Array): Plane => ({
  width: side,
  height: side,
  data: errors.map((error, i) => clean.data[i]! + error),
});
const smoothed = (sigma: number): Plane =>
  page(gaussianBlur({ width: side, height: side, data: noise }, sigma).data);
const { normal } = counterRandom(1);
const lines = Float64Array.from({ length: 2 * side }, () => deviation * normal());
const rows = noise.map((value, i) => value + lines[Math.floor(i / side)]!);

const both = rows.map((value, i) => value + lines[side + (i % side)]!);

test.each([
  ["of each pixel by itself", page(noise), 2],
  ["smoothed by 0.6 pixels", smoothed(0.6), 2.5],
  ["of rows", page(rows), 1],
  ["of both", page(both), 1],
])("what is chosen is better than the best blur where noise is %s", (_, noisy, gain) => {
  const [{ method }] = atOnce(chooseClassical(methods.classical, [noisy]))!;
  const result = method.apply(noisy, atOnce(method.fit([noisy])));
  expect(psnr(result, clean)).toBeGreaterThan(bestGaussianBlur([noisy], [clean]).psnr + gain);
});

test("BM3D of noise of each pixel by itself is that of its line, to the bit", () => {
  const noisy = page(noise);
  const { data } = bm3d.apply(noisy, { strength: 1 });
  expect(data).toEqual(bm3d.apply(noisy, { strength: 1 }, estimateNoise(noisy)).data);
});

test("noiseDeviations are those of the coefficients of a correlation", () => {
  const transform = cosine(8);
  expect(noiseDeviations(transform)).toEqual(new Float64Array(64).fill(1));
  // The rows of blocks of noise of rows are constant: 8 times the variance in the coefficients of constant rows.
  const near = Float64Array.from([0.5]);
  const shared = noiseDeviations(transform, { rows: 0.5, columns: 0, near, reach: 0 });
  for (let k = 0; k < 8; k++) {
    for (let l = 0; l < 8; l++) expect(shared[k * 8 + l]! ** 2).toBeCloseTo(l === 0 ? 4.5 : 0.5, 10);
  }
});
