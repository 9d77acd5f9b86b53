import type { Plane } from "../image/image.js";
import { confidenceInterval, type Interval } from "./confidenceInterval.js";
import { nrmse } from "./nrmse.js";
import { psnr } from "./psnr.js";
import { siPsnr } from "./siPsnr.js";
import { ssim } from "./ssim.js";

/** PSNR in dB (peak = max - min of the clean page), SSIM (scikit-image's default), NRMSE (min-max), and PSNR after an affine fit of grey values. */
export interface PageMetrics {
  readonly psnr: number;
  readonly ssim: number;
  readonly nrmse: number;
  /** dB. */
  readonly siPsnr: number;
}

/** Of each metric, where its mean lies with 95 % confidence; undefined with fewer than two pages or an infinite value. */
export type MetricIntervals<M> = { readonly [K in keyof M]: Interval | undefined };

/** Metrics of every page, their means over the pages and the 95 % confidence intervals of the means. */
export interface MetricsSummary {
  readonly pages: readonly PageMetrics[];
  readonly mean: PageMetrics;
  readonly interval: MetricIntervals<PageMetrics>;
}

/** PSNR, SSIM, NRMSE and SI-PSNR of a page against the clean one of its size, see each. */
export function pageMetrics(prediction: Plane, clean: Plane): PageMetrics {
  return {
    psnr: psnr(prediction, clean),
    ssim: ssim(prediction, clean),
    nrmse: nrmse(prediction, clean),
    siPsnr: siPsnr(prediction, clean),
  };
}

/** Page `i` of the predictions against page `i` of the clean pages, or against the only clean page. */
export function evaluatePages(predictions: readonly Plane[], clean: readonly Plane[]): MetricsSummary {
  if (predictions.length === 0 || (clean.length !== 1 && clean.length !== predictions.length)) {
    throw new Error(
      `evaluatePages: expected one clean page or one per prediction, got ${clean.length} for ${predictions.length}`,
    );
  }
  const pages = predictions.map((page, i) => pageMetrics(page, clean[clean.length === 1 ? 0 : i]!));
  return { pages, mean: meanMetrics(pages), interval: metricIntervals(pages) };
}

/** Arithmetic mean over pages of each metric (of PSNR: the mean of the decibels, as papers report it). */
export function meanMetrics<M extends { readonly [K in keyof M]: number }>(pages: readonly M[]): M {
  if (pages.length === 0) throw new Error("meanMetrics: expected at least one page, got none");
  const mean = (key: keyof M): number => pages.reduce((sum, page) => sum + page[key], 0) / pages.length;
  return overMetrics(pages[0]!, mean) as M; // the keys of M, a number for each
}

/**
 * 95 % confidence intervals of the means over pages (Student's t). The pages count as independent draws: for captures of one scene they tell
 * how well the mean over captures of that scene is known, and nothing about other scenes.
 */
export function metricIntervals<M extends { readonly [K in keyof M]: number }>(
  pages: readonly M[],
): MetricIntervals<M> {
  if (pages.length === 0) throw new Error("metricIntervals: expected at least one page, got none");
  return overMetrics(pages[0]!, (key) => confidenceInterval(pages.map((page) => page[key])));
}

function overMetrics<M extends object, T>(page: M, value: (key: keyof M) => T): Record<keyof M, T> {
  const keys = Object.keys(page) as (keyof M)[]; // metrics are plain records of their own keys
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<keyof M, T>; // from those keys
}
