import type { FurtherMetrics, Interval, PageMetrics } from "@clidim/imaging";
import type { EvaluatedPage, Evaluation } from "./evaluateFiles.js";

/** A part of what people read of an evaluation. */
export interface EvaluationTable {
  /** The first row is the header; without rows there are sentences alone. */
  readonly rows: readonly (readonly string[])[];
  /** What stands below. */
  readonly sentences: readonly string[];
}

/** An evaluation for people: the metrics of every page and their means, further metrics, and the gain with what classical methods reach, each where it was asked for. */
export function evaluationTables(evaluation: Evaluation): EvaluationTable[] {
  const { pages, mean, interval } = evaluation;
  const columns = ["PSNR", "SI-PSNR", "SSIM", "NRMSE"];
  const header = [
    "",
    ...columns,
    "flux",
    ...(mean.noisy ? ["flux/noisy", ...columns.map((name) => `noisy ${name}`), "gain"] : []),
  ];
  const tables: EvaluationTable[] = [
    {
      rows: [header, ...pages.map((page) => [pageName(page), ...cells(page)]), ["mean", ...cells(mean)]],
      sentences: interval ? intervalSentence(interval) : [],
    },
  ];
  if (mean.further) tables.push(furtherTable(pages, mean.further));
  if (mean.gain) tables.push({ rows: [], sentences: gainSentences(evaluation, mean.gain) });
  return tables;
}

function intervalSentence({ psnr, siPsnr, ssim, nrmse }: NonNullable<Evaluation["interval"]>): string[] {
  if (!psnr || !siPsnr || !ssim || !nrmse) return [];
  return [
    `95 % confidence intervals of the means: PSNR ${range(psnr, 2)} dB, SI-PSNR ${range(siPsnr, 2)} dB, SSIM ${range(ssim, 4)}, NRMSE ${range(nrmse, 4)}`,
  ];
}

function furtherTable(pages: readonly EvaluatedPage[], mean: FurtherMetrics): EvaluationTable {
  const rows = pages.flatMap((page) =>
    page.further ? [[pageName(page), ...furtherCells(page.further)]] : [],
  );
  const header = [
    "",
    "SSIM (Gaussian)",
    "NRMSE (mean)",
    "NRMSE (Euclidean)",
    "released PSNR",
    "released SSIM",
    "released NRMSE",
  ];
  return {
    rows: [header, ...rows, ["mean", ...furtherCells(mean)]],
    sentences: [
      'Those named "released" are what the authors\' code prints, and faulty: see docs/metrics.md.',
    ],
  };
}

function gainSentences({ baselines = [] }: Evaluation, gain: PageMetrics): string[] {
  return [
    `Gain over the noisy images: ${decibels(gain.psnr)}, SI-PSNR ${decibels(gain.siPsnr)}`,
    ...baselines.map(
      ({ title, chosen, psnr, siPsnr, ssim, flux, gain: over }) =>
        `Best ${title} (${chosen}, chosen by looking at the clean images): ` +
        `${psnr.toFixed(2)} dB, SI-PSNR ${siPsnr.toFixed(2)} dB, SSIM ${ssim.toFixed(4)}, flux ${percent(flux.clean)}, gain ${decibels(over)}`,
    ),
  ];
}

/** "out/cell.tif page 3". */
export const pageName = ({ file, page }: Pick<EvaluatedPage, "file" | "page">): string =>
  `${file} page ${page}`;

function cells({
  prediction,
  flux,
  noisy,
  gain,
}: Pick<EvaluatedPage, "prediction" | "flux" | "noisy" | "gain">): string[] {
  return [
    ...figures(prediction),
    percent(flux.clean),
    ...(flux.noisy === undefined ? [] : [percent(flux.noisy)]),
    ...(noisy && gain ? [...figures(noisy), decibels(gain.psnr)] : []),
  ];
}

function figures({ psnr, siPsnr, ssim, nrmse }: PageMetrics): string[] {
  return [psnr.toFixed(2), siPsnr.toFixed(2), ssim.toFixed(4), nrmse.toFixed(4)];
}

function furtherCells(metrics: FurtherMetrics): string[] {
  return [
    metrics.ssimGaussian.toFixed(4),
    metrics.nrmseMean.toFixed(4),
    metrics.nrmseEuclidean.toFixed(4),
    metrics.psnrAsReleased.toFixed(2),
    metrics.ssimAsReleased.toFixed(4),
    metrics.nrmseAsReleased.toPrecision(3),
  ];
}

function range({ low, high }: Interval, digits: number): string {
  return `${low.toFixed(digits)} to ${high.toFixed(digits)}`;
}

function decibels(gain: number): string {
  return `${gain >= 0 ? "+" : ""}${gain.toFixed(2)} dB`;
}

/** "+1.02 %". */
function percent(difference: number): string {
  return `${difference >= 0 ? "+" : ""}${(100 * difference).toFixed(2)} %`;
}
