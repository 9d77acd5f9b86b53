import type { GroundTruth } from "../protocol/runConfiguration.js";
import { type AblationData, type AblationFile, type TableMetric, variantsOn } from "./ablationFile.js";
import { megabytes, ownBytes } from "./cost.js";
import { type AblationRun, shotsText } from "./grid.js";
import type { Metrics } from "./measure.js";
import { publishedColumns } from "./published.js";
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
  time: ["time (s)", 0],
  memory: ["memory (MB)", 0],
};

/** What stands in the cells of a result; null where there is nothing. */
type Shown = Pick<Metrics, Exclude<TableMetric, "time" | "memory">> & {
  /** Seconds from the images to the denoised test pages. */
  readonly time: number | null;
  /** Megabytes. */
  readonly memory: number | null;
};

function shownOf({ test, cost, ...others }: RunResult | ClassicalResult): Shown[] {
  const training = "training" in others ? others.training.seconds : 0;
  const own = cost && ownBytes(cost);
  const took = {
    time: cost ? training + cost.testSeconds : null,
    memory: own === undefined ? null : megabytes(own),
  };
  return test ? [{ ...test.mean, ...took }] : [];
}

/** Of these, the higher is the better, and a row can be better than another. */
const compared = ["psnr", "siPsnr", "ssim"] as const satisfies readonly TableMetric[];

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample standard deviation. */
function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/** A cell per column, empty where there is nothing yet, and where a figure is not finite. */
function cells(metrics: readonly TableMetric[], measured: readonly Shown[]): string[] {
  return metrics.map((key) => {
    const [, digits] = columnOf[key];
    const values = measured.flatMap((metrics) => metrics[key] ?? []);
    if (values.length === 0 || values.length < measured.length) return "";
    const figure = mean(values).toFixed(digits);
    return values.length === 1 ? figure : `${figure} ± ${deviation(values).toFixed(digits)}`;
  });
}

/** What a table takes from the ablation's file. */
export type TableFile = Pick<AblationFile, "variants" | "seeds" | "metrics" | "published">;

/** The table of one data set from what is done so far. */
export function ablationTable(
  { variants: all, seeds, metrics, published }: TableFile,
  data: AblationData,
  finished: readonly FinishedRun[],
  classical: readonly FinishedClassical[],
): AblationTable {
  const own = finished.filter(({ run }) => run.data === data);
  const { shots } = data;
  const variants = variantsOn(all, data).map(({ name }) => name);
  const columns = publishedColumns(published, data.name);
  const figures = (row: string): string[] =>
    columns.map(({ figures: known }) => known.get(row)?.toFixed(2) ?? "");
  const header = [
    "",
    ...shots.flatMap((count) => metrics.map((key) => `${shotsText(count)}: ${columnOf[key][0]}`)),
    ...columns.map((column) => column.header),
  ];
  const classicalRows = classical.map(({ method, result }) => [
    method + (result.chosen === null ? "" : " *"),
    ...shots.flatMap(() => cells(metrics, shownOf(result))),
    ...figures(method),
  ]);
  const variantRows = variants.map((name) => [
    name,
    ...shots.flatMap((count) => {
      const runs = own.filter(({ run }) => run.variant === name && run.shots === count);
      const shown = runs.flatMap(({ result }) => shownOf(result));
      return runs.length > 0 && shown.length === 0
        ? metrics.map((_, column) => (column === 0 ? "diverged" : ""))
        : cells(metrics, shown);
    }),
    ...figures(name),
  ]);
  const named = new Set([...classical.map(({ method }) => method), ...variants]);
  const others = new Set(columns.flatMap(({ figures: known }) => [...known.keys()]));
  const publishedRows = [...others]
    .filter((row) => !named.has(row))
    .map((row) => [row, ...shots.flatMap(() => metrics.map(() => "")), ...figures(row)]);
  return {
    title: data.name,
    header,
    rows: [...classicalRows, ...variantRows, ...publishedRows],
    notes: [
      ...notesOf(data, { seeds, metrics }, own, classical),
      ...columns.flatMap(({ notes }) => notes),
      ...verdict(metrics, shots, variants, own, classical),
    ],
  };
}

function* notesOf(
  { peak }: AblationData,
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
  if (metrics.includes("time")) {
    yield "Time is that of training and of denoising the test pages, of classical methods that of choosing parameters and denoising, in seconds; other work on the machine counts.";
  }
  if (metrics.includes("memory")) {
    yield "Memory is the most that lived on the device meanwhile; of classical methods, by how much the process grew. results.csv has the most that the process held, what earlier runs left in it included.";
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
  if (selections.has("last")) {
    const replaced = finished.filter(
      ({ run, result }) =>
        run.configuration.selection === "last" && result.training.kept !== result.training.updates,
    ).length;
    const but =
      replaced === 0
        ? ""
        : `, but in ${replaced} ${replaced === 1 ? "run" : "runs"} the best one on what was held out, as the last had fallen back`;
    yield `The model that was tested is that of the last update${but}; the test pages were looked at once.`;
  }
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
