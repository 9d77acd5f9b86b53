import type { GroundTruth } from "../protocol/runConfiguration.js";
import type { AblationData, AblationFile, TableMetric } from "./ablationFile.js";
import { type AblationRun, shotsText } from "./grid.js";
import type { Metrics } from "./measure.js";
import { paperFigure, paperFigures } from "./paperTable.js";
import type { ClassicalResult, RunResult } from "./results.js";

/** A run that is done. */
export interface FinishedRun {
  readonly run: AblationRun;
  readonly result: RunResult;
}

/** A classical method that is done. */
export interface FinishedClassical {
  /** Its title, or "noisy". */
  readonly method: string;
  /** Where its results are. */
  readonly folder: string;
  readonly result: ClassicalResult;
}

/** One table in the paper's layout: a row per method, three columns per number of shots. */
export interface AblationTable {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What the figures are, in sentences. */
  readonly notes: readonly string[];
}

/** Names and digits of the metrics that a table may show. */
const columnOf: Readonly<Record<TableMetric, readonly [name: string, digits: number]>> = {
  psnr: ["PSNR", 2],
  siPsnr: ["SI-PSNR", 2],
  ssim: ["SSIM", 4],
  ssimGaussian: ["SSIM (Gaussian)", 4],
  nrmse: ["NRMSE", 4],
};

/** Of these, the higher is the better, and a row can be better than another. */
const compared: readonly TableMetric[] = ["psnr", "siPsnr", "ssim"];

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample standard deviation. */
function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/** A cell per column, empty where there is nothing yet, and where a figure is not finite. */
function cells(metrics: readonly TableMetric[], measured: readonly Metrics[]): string[] {
  return metrics.map((key) => {
    const [, digits] = columnOf[key];
    const values = measured.flatMap((metrics) => metrics[key] ?? []);
    if (values.length === 0 || values.length < measured.length) return "";
    const figure = mean(values).toFixed(digits);
    return values.length === 1 ? figure : `${figure} ± ${deviation(values).toFixed(digits)}`;
  });
}

/** The table of one data set from what is done so far. */
export function ablationTable(
  { variants, seeds, metrics }: Pick<AblationFile, "variants" | "seeds" | "metrics">,
  data: AblationData,
  finished: readonly FinishedRun[],
  classical: readonly FinishedClassical[],
): AblationTable {
  const own = finished.filter(({ run }) => run.data === data);
  const { shots } = data;
  const paper = paperFigures(data.name);
  const header = [
    "",
    ...shots.flatMap((count) => metrics.map((key) => `${shotsText(count)}: ${columnOf[key][0]}`)),
    ...(paper ? ["paper, all: PSNR"] : []),
  ];
  const classicalRows = classical.map(({ method, result }) => [
    method + (result.chosen === null ? "" : " *"),
    ...shots.flatMap(() => cells(metrics, [result.test.mean])),
    ...(paper ? [""] : []),
  ]);
  const variantRows = variants.map(({ name }) => [
    name,
    ...shots.flatMap((count) => {
      const runs = own.filter(({ run }) => run.variant === name && run.shots === count);
      const measured = runs.flatMap(({ result }) => result.test?.mean ?? []);
      return runs.length > 0 && measured.length === 0
        ? metrics.map((_, column) => (column === 0 ? "diverged" : ""))
        : cells(metrics, measured);
    }),
    ...(paper ? [paperFigure(paper, name)?.toFixed(2) ?? ""] : []),
  ]);
  const paperRow = paper && [
    "paper, Table II, its own metric",
    ...shots.flatMap(() => metrics.map(() => "")),
    paper.tableTwo.toFixed(2),
  ];
  return {
    title: data.name,
    header,
    rows: [...classicalRows, ...variantRows, ...(paperRow ? [paperRow] : [])],
    notes: [
      ...notesOf(data, { seeds, metrics }, own, classical),
      ...verdict(
        metrics,
        shots,
        variants.map(({ name }) => name),
        own,
        classical,
      ),
    ],
  };
}

function* notesOf(
  { name, peak }: AblationData,
  { seeds, metrics }: Pick<AblationFile, "seeds" | "metrics">,
  finished: readonly FinishedRun[],
  classical: readonly FinishedClassical[],
): Generator<string> {
  const pages = (classical[0]?.result ?? finished.find(({ result }) => result.test)?.result)?.test?.pages
    .length;
  if (pages !== undefined) {
    yield `Means over ${pages} test ${pages === 1 ? "page" : "pages"}. PSNR in dB, its peak being ${peak === "range" ? "max - min of the clean page" : `${peak} grey values`}; SSIM as scikit-image ` +
      "computes it by default; NRMSE over max - min of the clean page.";
  }
  if (metrics.includes("siPsnr")) {
    yield "SI-PSNR is the PSNR after the gain and offset that bring a page closest to the clean one.";
  }
  if (seeds.length > 1) yield `Mean and standard deviation over ${seeds.length} seeds.`;
  const chosen = classical.flatMap(({ method, result }) =>
    result.chosen === null ? [] : [`${method}: ${result.chosen}`],
  );
  if (chosen.length > 0)
    yield `* Chosen by looking at the clean test pages, as no method in use could be: ${chosen.join("; ")}.`;
  const diverged = finished.filter(({ result }) => !result.test).length;
  if (diverged > 0)
    yield `${diverged} ${diverged === 1 ? "run" : "runs"} diverged and ${diverged === 1 ? "is" : "are"} left out.`;
  const selections = new Set(finished.map(({ run }) => run.configuration.selection));
  if (selections.has("validation"))
    yield "The model that was tested is the best one on what was held out of the training data; the test pages were looked at once.";
  if (selections.has("last"))
    yield "The model that was tested is that of the last update; the test pages were looked at once.";
  if (selections.has("as-released"))
    yield "As in the released code, the model that was tested is the best one on the test pages themselves: these figures are too high for unseen images.";
  const averaged = finished.filter(({ run }) => run.data.train.clean === "average");
  const fewShots = averaged.filter(({ run }) => run.shots > 0);
  const madeBy = (runs: readonly FinishedRun[], truth: GroundTruth): boolean =>
    runs.some(({ run }) => run.configuration.groundTruth === truth);
  if (madeBy(fewShots, "all"))
    yield "Few shots as published: the clean images are still means of all frames.";
  if (madeBy(fewShots, "shots")) yield "Few shots: the clean images are means of these shots alone.";
  if (madeBy(averaged, "leave-one-out"))
    yield "The clean image of a page that is trained on is the mean of the others that are used, without the page itself.";
  if (paperFigures(name)) {
    yield "The paper's figures are those of its Table I where they are known here, and that of the method in its Table II. Its PSNR was computed with an overflow (docs/metrics.md), and its model was chosen on the test set.";
  }
}

/** Which variants are better than every classical row, plainly. */
function* verdict(
  metrics: readonly TableMetric[],
  shots: readonly number[],
  variants: readonly string[],
  finished: readonly FinishedRun[],
  classical: readonly FinishedClassical[],
): Generator<string> {
  for (const key of compared.filter((metric) => metrics.includes(metric))) {
    const [label, digits] = columnOf[key];
    const rivals = classical.flatMap(({ method, result }) => {
      const value = result.test.mean[key];
      return result.chosen === null || value === null ? [] : [{ method, value }];
    });
    if (rivals.length === 0) continue;
    const best = rivals.reduce((top, next) => (next.value > top.value ? next : top));
    const bar = best.value;
    const above: string[] = [];
    const below: string[] = [];
    for (const variant of variants) {
      for (const count of shots) {
        const values = finished.flatMap(({ run, result }) =>
          run.variant === variant && run.shots === count && result.test ? [result.test.mean[key]] : [],
        );
        const known = values.filter((value) => value !== null);
        if (known.length === 0 || known.length < values.length) continue;
        const gain = mean(known) - bar;
        (gain > 0 ? above : below).push(
          `${variant} (${shotsText(count)}, ${gain > 0 ? "+" : ""}${gain.toFixed(digits)})`,
        );
      }
    }
    if (above.length + below.length === 0) continue;
    yield `${label} against the best classical row, ${best.method} with ${bar.toFixed(digits)}: ` +
      `better: ${above.join(", ") || "none"}; not better: ${below.join(", ") || "none"}.`;
  }
}

/** The tables as Markdown. */
export function tablesMarkdown(tables: readonly AblationTable[]): string {
  return tables
    .map(({ title, header, rows, notes }) =>
      [
        `## ${title}`,
        "",
        `| ${header.join(" | ")} |`,
        `|${header.map((_, i) => (i === 0 ? "---" : "---:")).join("|")}|`,
        ...rows.map((row) => `| ${row.map((cell) => cell.replace(/\*$/, "\\*")).join(" | ")} |`),
        "",
        ...notes.map((note) => `- ${note.replace(/^\*/, "\\*")}`),
        "",
      ].join("\n"),
    )
    .join("\n");
}
