import { clidim } from "@clidim/clidim";
import type { AblationData } from "../../src/ablation/ablationFile.js";
import type { AblationRun } from "../../src/ablation/grid.js";
import type { Metrics } from "../../src/ablation/measure.js";
import type { FinishedClassical, FinishedRun } from "../../src/ablation/table.js";
import { resolveConfiguration } from "../../src/configuration/configuration.js";

export function dataSet(name: string, shots: readonly number[]): AblationData {
  const images = { noisy: ["stack.tif"], clean: "average" } as const;
  return { name, train: images, test: { ...images, regions: [] }, peak: "range", overrides: {}, shots };
}

/** The columns of tables whose file says nothing of them. */
export const defaultMetrics = ["psnr", "ssim", "nrmse"] as const;

/** Metrics with a PSNR; the others follow from it. */
export function metricsOf(psnr: number): Metrics {
  return {
    psnr,
    ssim: psnr / 50,
    nrmse: 10 ** (-psnr / 20),
    siPsnr: psnr + 1,
    ssimGaussian: psnr / 49,
    nrmseMean: 0.1,
    nrmseEuclidean: 0.2,
    psnrAsReleased: psnr + 3,
    ssimAsReleased: 0.5,
    nrmseAsReleased: 0.001,
  };
}

export interface Request {
  readonly variant: string;
  readonly shots?: number;
  readonly seed?: number;
  /** Of the test pages; none: the training diverged. */
  readonly psnr?: number;
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly updates?: number;
  readonly seconds?: number;
}

/** A run that was done, with two test pages. */
export function finishedRun(data: AblationData, request: Request): FinishedRun {
  const { variant, shots = 0, seed = 0, psnr, overrides = {}, updates = 100, seconds = 50 } = request;
  const run: AblationRun = {
    data,
    variant,
    shots,
    seed,
    validation: 0.1,
    method: clidim,
    configuration: resolveConfiguration(clidim, "laptop", { ...overrides, shots, updates }),
    title: `${data.name} ${variant}, ${shots} shots, seed ${seed}`,
    folder: `runs/${data.name}/${variant}/${shots}-seed${seed}`,
  };
  const training = {
    updates,
    kept: 80,
    seconds,
    adapter: "adapter, with a comma",
    pages: 9,
    held: 1,
    validation: { psnr: 30, noisy: 20 },
  };
  const format = { format: "clidim-ablation-run", formatVersion: 1, request: {}, training } as const;
  if (psnr === undefined) return { run, result: { ...format, test: null, failure: "it diverged" } };
  return { run, result: { ...format, test: measurement(psnr) } };
}

const measurement = (psnr: number) => ({
  mean: metricsOf(psnr),
  pages: [psnr - 1, psnr + 1].map((page, i) => ({ name: `page ${i}`, ...metricsOf(page) })),
});

export const finishedClassical = (
  method: string,
  chosen: string | null,
  psnr: number,
  folder = "nowhere",
): FinishedClassical => ({
  method,
  folder,
  result: {
    format: "clidim-ablation-classical",
    formatVersion: 1,
    request: {},
    chosen,
    test: measurement(psnr),
  },
});
