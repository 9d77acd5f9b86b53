import type { Plane } from "../image/image.js";
import { nrmse } from "./nrmse.js";
import { psnr } from "./psnr.js";
import { ssim } from "./ssim.js";

/** PSNR in dB (peak = max - min of the clean page), SSIM (scikit-image's default), NRMSE (min-max). */
export interface PageMetrics {
  readonly psnr: number;
  readonly ssim: number;
  readonly nrmse: number;
}

/** Metrics of every page and their means over the pages. */
export interface MetricsSummary {
  readonly pages: readonly PageMetrics[];
  readonly mean: PageMetrics;
}

export function pageMetrics(prediction: Plane, clean: Plane): PageMetrics {
  return { psnr: psnr(prediction, clean), ssim: ssim(prediction, clean), nrmse: nrmse(prediction, clean) };
}

/** Page `i` of the predictions against page `i` of the clean pages, or against the only clean page. */
export function evaluatePages(predictions: readonly Plane[], clean: readonly Plane[]): MetricsSummary {
  if (predictions.length === 0 || (clean.length !== 1 && clean.length !== predictions.length)) {
    throw new Error(
      `evaluatePages: expected one clean page or one per prediction, got ${clean.length} for ${predictions.length}`,
    );
  }
  const pages = predictions.map((page, i) => pageMetrics(page, clean[clean.length === 1 ? 0 : i]!));
  return { pages, mean: meanMetrics(pages) };
}

/** Arithmetic mean over pages (of PSNR: the mean of the decibels, as papers report it). */
export function meanMetrics(pages: readonly PageMetrics[]): PageMetrics {
  if (pages.length === 0) throw new Error("meanMetrics: expected at least one page, got none");
  const mean = (key: keyof PageMetrics): number =>
    pages.reduce((sum, page) => sum + page[key], 0) / pages.length;
  return { psnr: mean("psnr"), ssim: mean("ssim"), nrmse: mean("nrmse") };
}
