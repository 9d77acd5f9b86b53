import { join } from "node:path";
import { psnr, psnrAsReleased, simulateScenes } from "@clidim/imaging";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { resultsCsv } from "../../src/ablation/csv.js";
import { measure } from "../../src/ablation/measure.js";
import { classicalResult, readResult, writeResult } from "../../src/ablation/results.js";
import { ablationTable } from "../../src/ablation/table.js";
import { dataSet, defaultMetrics } from "./results.js";

const [scene] = simulateScenes({ seed: 3, size: 32, scenes: 1, frames: 1 });

/** In [0, 1), as float images often are. */
const scaled = ({ width, height, data }: { width: number; height: number; data: ArrayLike<number> }) => ({
  width,
  height,
  data: Float32Array.from(data, (value) => Math.min(value / 70_000, 0.99)),
});
const [noisy, clean] = [scaled(scene!.noisy[0]!), scaled(scene!.clean)];
const page = { name: "float.tif", noisy, clean };

test("float pages in [0, 1) have no PSNR as released, and all other figures", () => {
  expect(psnrAsReleased(noisy, clean)).toBeNaN();
  const { mean, pages } = measure([noisy], { pages: [page], peakOffset: [0], shown: 0 });
  const { name, psnrAsReleased: none, ...others } = pages[0]!;
  expect(name).toBe("float.tif");
  expect(none).toBeNull();
  expect(others.psnr).toBeCloseTo(psnr(noisy, clean), 12);
  for (const figure of Object.values(others)) expect(figure).toEqual(expect.any(Number));
  expect({ name, ...mean }).toEqual(pages[0]);
});

test("a peak in grey values is that of PSNR and of SI-PSNR", () => {
  const offset = 20 * Math.log10(255 / 100);
  const [range, grey] = [0, offset].map(
    (peakOffset) => measure([noisy], { pages: [page], peakOffset: [peakOffset], shown: 0 }).mean,
  );
  expect(grey!.psnr! - range!.psnr!).toBeCloseTo(offset, 10);
  expect(grey!.siPsnr! - range!.siPsnr!).toBeCloseTo(offset, 10);
  expect(grey!.ssim).toBe(range!.ssim);
});

test("figures that are not finite are read as they were written, and are empty in the table and the CSV", async () => {
  const test = measure([clean, noisy], { pages: [page, page], peakOffset: [0, 0], shown: 0 });
  expect([test.mean.psnr, test.pages[0]!.psnr]).toEqual([null, null]);
  expect(test.pages[1]!.psnr).toBeCloseTo(psnr(noisy, clean), 12);

  const format = { format: "clidim-ablation-classical", formatVersion: 1 } as const;
  const result = { ...format, request: {}, chosen: "sigma 0.00 pixels", test };
  const path = join(temporaryFolder(), "result.json");
  await writeResult(path, result);
  expect(await readResult(path, classicalResult, {}, (stored) => stored)).toEqual(result);

  const classical = [{ method: "Gaussian blur", folder: "nowhere", result }];
  const { rows, notes } = ablationTable(
    { variants: [], seeds: [0], metrics: defaultMetrics, published: [] },
    dataSet("mine", [0]),
    [],
    classical,
  );
  expect(rows).toEqual([["Gaussian blur *", "", test.mean.ssim!.toFixed(4), test.mean.nrmse!.toFixed(4)]]);
  expect(notes.join("\n")).not.toMatch(/NaN|null|Infinity/);
  const [header, row] = resultsCsv([], new Map([["mine", classical]]))
    .split("\n")
    .map((line) => line.split(","));
  expect(row![header!.indexOf("psnr")]).toBe("");
  expect(Number(row![header!.indexOf("ssim")])).toBeCloseTo(test.mean.ssim!, 12);
});
