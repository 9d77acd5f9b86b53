import { evenlySpread } from "../image/evenlySpread.js";
import type { IntensityCheck } from "../image/normalization.js";
import type { PageAssessment } from "./assessPage.js";

/** A denoiser whose parameters were chosen on the denoised file itself. */
export interface CalibratedDenoiser {
  /** `gaussian@1`. */
  readonly method: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** "Gaussian blur: sigma 1.02 pixels, chosen on the image itself". */
  readonly sentence: string;
  /** Where the method was chosen as well: each that was compared, the chosen one first, with its mean squared error where it foretells pixels that it does not see, in grey values. */
  readonly compared?: readonly { readonly method: string; readonly loss: number }[];
}

/** What the report of a denoised file tells. */
export interface TrustReport {
  readonly input: string;
  readonly output: string;
  /** Of the file, and those that were assessed, evenly spread. */
  readonly pageCount: number;
  readonly pages: readonly PageAssessment[];
  /** How the file's grey values compare with those seen in training; where the model's normalisation was used. */
  readonly range?: IntensityCheck;
  /** What the map beside the result tells, in a sentence, where there is one. */
  readonly map?: string;
  /** What the results of a model are a mean with, in a sentence, where they are one. */
  readonly blend?: string;
  /** What denoised the file, where it was not a model. */
  readonly calibrated?: CalibratedDenoiser;
}

/** At most so many pages of a stack are assessed. */
export const ASSESSED_PAGES = 8;

/** Positions of the pages that are assessed: all of them, or `ASSESSED_PAGES` evenly spread. */
export function assessedPages(pageCount: number): number[] {
  const count = Math.min(ASSESSED_PAGES, pageCount);
  return evenlySpread(count, pageCount);
}

/** The report as JSON; of the autocorrelation, rows of numbers from lag -maxLag to maxLag. */
export function trustReportJson({ pages, ...report }: TrustReport): string {
  const plain = pages.map(({ autocorrelation: { values, maxLag, ...rest }, ...page }) => {
    const side = 2 * maxLag + 1;
    const rows = Array.from({ length: side }, (_, y) => [...values.subarray(y * side, (y + 1) * side)]);
    return { ...page, autocorrelation: { maxLag, ...rest, values: rows } };
  });
  return `${JSON.stringify({ format: "clidim-trust-report", version: 2, ...report, pages: plain }, null, 2)}\n`;
}
