import { join } from "node:path";
import { escapedHtml } from "@clidim/imaging";
import { readStack } from "@clidim/imaging/node";
import { type Exhibit, exhibitedPage, exhibitsExplained } from "../evaluation/exhibits.js";
import { reportDocument, reportTable } from "../evaluation/reportDocument.js";
import { MetricsLog } from "../training/metricsLog.js";
import { trainingFolder } from "../training/outputFolder.js";
import { type AblationData, type AblationFile, variantsOn } from "./ablationFile.js";
import { type CostPoint, costPlotSvg } from "./costPlot.js";
import { type Curve, colourOf, curvesSvg } from "./curves.js";
import { shotsText } from "./grid.js";
import type { AblationTable, FinishedClassical, FinishedRun } from "./table.js";
import type { TestPages } from "./testPages.js";
import { shownPath } from "./trainAndTest.js";

/** What the report is made from. */
export interface AblationReportParts {
  readonly file: AblationFile;
  readonly out: string;
  /** In the order of the file's data sets. */
  readonly tables: readonly AblationTable[];
  readonly finished: readonly FinishedRun[];
  readonly classical: ReadonlyMap<string, readonly FinishedClassical[]>;
  readonly tests: ReadonlyMap<AblationData, TestPages>;
}

/** The report as one HTML file without references to others: tables, validation curves, crops, residuals and their autocorrelation. */
export async function ablationReport(parts: AblationReportParts): Promise<string> {
  const sections: string[] = [];
  for (const [i, data] of parts.file.data.entries()) {
    sections.push(await section(parts, data, parts.tables[i]!));
  }
  const { variants, seeds, data } = parts.file;
  const total = data.reduce(
    (sum, set) => sum + set.shots.length * variantsOn(variants, set).length * seeds.length,
    0,
  );
  return reportDocument(
    `Ablation: ${data.map(({ name }) => name).join(", ")}`,
    `<h1>Ablation</h1>
<p>${parts.finished.length} of ${total} runs are done.</p>
${sections.join("\n")}`,
  );
}

async function section(
  parts: AblationReportParts,
  data: AblationData,
  table: AblationTable,
): Promise<string> {
  const test = parts.tests.get(data)!;
  const page = test.pages[test.shown]!;
  const finished = parts.finished.filter(({ run }) => run.data === data);
  const groups: string[] = [];
  const group = (title: string, exhibits: readonly Exhibit[]): string =>
    `<h3>${escapedHtml(title)}</h3>\n${exhibitedPage(page, exhibits)}`;
  const classical: Exhibit[] = [];
  for (const { method, folder, result } of parts.classical.get(data.name) ?? []) {
    classical.push(await exhibit(method, folder, result.test.pages[test.shown]?.psnr));
  }
  // Those that were not trained stand beside the first group.
  let beside: readonly Exhibit[] = classical;
  for (const shots of data.shots) {
    const exhibits: Exhibit[] = [];
    for (const { run, result } of finished) {
      if (run.shots !== shots || run.seed !== parts.file.seeds[0] || !result.test) continue;
      exhibits.push(
        await exhibit(run.variant, join(parts.out, run.folder), result.test.pages[test.shown]?.psnr),
      );
    }
    if (exhibits.length === 0) continue;
    const trained = shots === 0 ? "trained on all pages" : `trained on ${shots} shots`;
    const title = beside.length > 0 ? `Classical methods, and methods ${trained}` : `Methods ${trained}`;
    groups.push(group(title, [...beside, ...exhibits]));
    beside = [];
  }
  if (beside.length > 0) groups.push(group("Classical methods", beside));
  return `<h2>${escapedHtml(table.title)}</h2>
${reportTable(table.header, table.rows)}
<ul>${table.notes.map((note) => `<li>${escapedHtml(note)}`).join("")}</ul>
${await curves(parts, data, finished)}
${costPlot(parts, data, finished)}
<p>The pictures show the part of ${escapedHtml(page.name)} with the most contrast. ${exhibitsExplained(true)}</p>
${groups.join("\n")}`;
}

async function exhibit(name: string, folder: string, psnr: Exhibit["psnr"]): Promise<Exhibit> {
  const { pages } = await readStack(shownPath(folder));
  return { name, page: pages[0]!, psnr };
}

async function curves(
  { file, out }: AblationReportParts,
  { shots }: AblationData,
  finished: readonly FinishedRun[],
): Promise<string> {
  const drawn: Curve[] = [];
  for (const { run } of finished) {
    const log = await MetricsLog.resume(
      trainingFolder(join(out, run.folder)).metrics,
      Number.POSITIVE_INFINITY,
    );
    drawn.push({
      name: escapedHtml(run.title),
      group: file.variants.findIndex(({ name }) => name === run.variant),
      dashed: run.shots !== shots[0],
      points: log.figures().filter((figures) => "psnr" in figures),
    });
  }
  const svg = curvesSvg(drawn);
  if (svg === "") return "";
  const keys = file.variants.map(
    ({ name }, i) =>
      `<span class="key"><span style="color:${colourOf(i)}">&#9632;</span> ${escapedHtml(name)}</span>`,
  );
  const strokes =
    shots.length > 1
      ? ` Solid: ${shotsText(shots[0]!)}; dashed: ${shots.slice(1).map(shotsText).join(", ")} (shots).`
      : "";
  return `<figure>${svg}<figcaption>${keys.join("")}${strokes}</figcaption></figure>`;
}

/** Quality against time: the runs of the first number of shots, and what was not trained. */
function costPlot(
  { file, classical }: AblationReportParts,
  { name, shots }: AblationData,
  finished: readonly FinishedRun[],
): string {
  const points: CostPoint[] = [];
  for (const { method, result } of classical.get(name) ?? []) {
    const { psnr } = result.test.mean;
    if (!result.cost || psnr === null) continue;
    points.push({ name: escapedHtml(method), seconds: result.cost.testSeconds, psnr, group: undefined });
  }
  for (const { run, result } of finished) {
    const psnr = result.test?.mean.psnr ?? null;
    if (run.shots !== shots[0] || !result.cost || psnr === null) continue;
    points.push({
      name: escapedHtml(run.variant),
      seconds: result.training.seconds + result.cost.testSeconds,
      psnr,
      group: file.variants.findIndex((variant) => variant.name === run.variant),
    });
  }
  const svg = costPlotSvg(points);
  if (svg === "") return "";
  const trained = shots.length > 1 ? ` Trained on ${shotsText(shots[0]!)} (shots).` : "";
  return `<figure>${svg}<figcaption>Circles: trained, with the time of training; squares: not trained, with the time of choosing parameters.${trained}</figcaption></figure>`;
}
