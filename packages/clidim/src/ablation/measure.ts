import type { Plane } from "../image/image.js";
import { meanMetrics, type PageMetrics, pageMetrics } from "../metrics/evaluatePages.js";
import { type FurtherMetrics, furtherMetrics } from "../metrics/furtherMetrics.js";
import type { TestPages } from "./testPages.js";

/** All metrics of one page, PSNR with the peak that the ablation names. */
export type Metrics = PageMetrics & FurtherMetrics;

/** The metrics of every test page and their means. */
export interface Measurement {
  readonly mean: Metrics;
  readonly pages: readonly (Metrics & { readonly name: string })[];
}

/** The metrics of predictions, one of each test page. */
export function measure(predictions: readonly Plane[], { pages, peakOffset }: TestPages): Measurement {
  const metrics = pages.map(({ clean }, i): Metrics => {
    const prediction = predictions[i]!;
    const { psnr, ...others } = pageMetrics(prediction, clean);
    return { psnr: psnr + peakOffset[i]!, ...others, ...furtherMetrics(prediction, clean) };
  });
  return {
    mean: meanMetrics(metrics),
    pages: metrics.map((page, i) => ({ name: pages[i]!.name, ...page })),
  };
}
