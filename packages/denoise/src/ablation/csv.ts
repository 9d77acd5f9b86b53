import { type Cost, megabytes } from "./cost.js";
import { shotsText } from "./grid.js";
import type { Metrics } from "./measure.js";
import type { FinishedClassical, FinishedRun } from "./table.js";

const metricNames = [
  "psnr",
  "ssim",
  "nrmse",
  "siPsnr",
  "ssimGaussian",
  "nrmseMean",
  "nrmseEuclidean",
  "psnrAsReleased",
  "ssimAsReleased",
  "nrmseAsReleased",
] as const satisfies readonly (keyof Metrics)[];

/** What results took, last: those of a time when it was not measured have none. */
const costNames = ["testSeconds", "grownMegabytes", "deviceMegabytes"] as const;

function costCells(cost: Cost | undefined): readonly (string | number)[] {
  if (!cost) return costNames.map(() => "");
  const { testSeconds, grownBytes, deviceBytes } = cost;
  return [
    testSeconds.toFixed(1),
    ...[grownBytes, deviceBytes].map((bytes) => (typeof bytes === "number" ? megabytes(bytes) : "")),
  ];
}

const header = [
  "data",
  "method",
  "shots",
  "seed",
  "testPages",
  ...metricNames,
  "chosen",
  "selection",
  "keptUpdate",
  "updates",
  "trainingPages",
  "heldOutPages",
  "validationPsnr",
  "seconds",
  "adapter",
  ...costNames,
];

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** results.csv: a row per finished run and classical method, means over the test pages; empty cells where something does not apply or is not finite. */
export function resultsCsv(
  finished: readonly FinishedRun[],
  classical: ReadonlyMap<string, readonly FinishedClassical[]>,
): string {
  const rows: (readonly (string | number)[])[] = [header];
  for (const [data, methods] of classical) {
    for (const { method, result } of methods) {
      const { mean, pages } = result.test;
      const measured = metricNames.map((name) => mean[name] ?? "");
      rows.push([
        data,
        method,
        "",
        "",
        pages.length,
        ...measured,
        result.chosen ?? "",
        ...Array.from({ length: header.indexOf(costNames[0]) - header.indexOf("selection") }, () => ""),
        ...costCells(result.cost),
      ]);
    }
  }
  for (const { run, result } of finished) {
    const { training, test } = result;
    rows.push([
      run.data.name,
      run.variant,
      shotsText(run.shots),
      run.seed,
      test?.pages.length ?? "",
      ...metricNames.map((name) => test?.mean[name] ?? ""),
      result.failure ?? "",
      run.configuration.selection,
      training.kept,
      training.updates,
      training.pages,
      training.held,
      training.validation?.psnr ?? "",
      Math.round(training.seconds),
      training.adapter,
      ...costCells(result.cost),
    ]);
  }
  return rows.map((row) => `${row.map((cell) => quoted(String(cell))).join(",")}\n`).join("");
}
