import type { Plane } from "@clidim/imaging";
import {
  type FurtherMetrics,
  furtherMetrics,
  meanMetrics,
  type PageMetrics,
  pageMetrics,
} from "@clidim/imaging";
import type { TestPages } from "./testPages.js";

type Figures = PageMetrics & FurtherMetrics;

/**
 * All metrics of one page, PSNR and SI-PSNR with the peak that the ablation names. Null where a figure is not finite or not defined: the PSNR of a page that equals the clean one, and
 * PSNR as released where grey values in [0, 1) are cast to whole numbers.
 */
export type Metrics = { readonly [K in keyof Figures]: number | null };

/** The metrics of every test page and their means. */
export interface Measurement {
  readonly mean: Metrics;
  readonly pages: readonly (Metrics & { readonly name: string })[];
}

/** The metrics of predictions, one of each test page. */
export function measure(predictions: readonly Plane[], { pages, peakOffset }: TestPages): Measurement {
  const metrics = pages.map(({ clean }, i): Figures => {
    const prediction = predictions[i]!;
    const { psnr, ssim, nrmse, siPsnr } = pageMetrics(prediction, clean);
    const offset = peakOffset[i]!;
    return {
      psnr: psnr + offset,
      ssim,
      nrmse,
      siPsnr: siPsnr + offset,
      ...furtherMetrics(prediction, clean),
    };
  });
  return {
    mean: finite(meanMetrics(metrics)),
    pages: metrics.map((page, i) => ({ name: pages[i]!.name, ...finite(page) })),
  };
}

function finite(figures: Figures): Metrics {
  const entries = Object.entries(figures).map(([key, value]) => [key, Number.isFinite(value) ? value : null]);
  return Object.fromEntries(entries) as Metrics; // the keys of figures
}
