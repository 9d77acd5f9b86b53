import { join } from "node:path";
import {
  type Autocorrelation,
  autocorrelation,
  cutPlane,
  escapedHtml,
  type Plane,
  previewPng,
  residual,
} from "@clidim/imaging";
import { readStack } from "@clidim/imaging/node";
import { MetricsLog } from "../training/metricsLog.js";
import { trainingFolder } from "../training/outputFolder.js";
import { contrastRectangle, displayRange } from "../training/validation.js";
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

/** Crops are at most so many pixels wide and high. */
const SHOWN = 192;

/** One method's result on the page that is shown. */
interface Exhibit {
  readonly name: string;
  readonly page: Plane;
  /** dB on this page. */
  readonly psnr: number | null | undefined;
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
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Ablation: ${escapedHtml(data.map(({ name }) => name).join(", "))}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
table { border-collapse: collapse; } td, th { padding: .15rem .8rem .15rem 0; text-align: right; white-space: nowrap; } td:first-child, th:first-child { text-align: left; }
tr:first-child { border-bottom: 1px solid #999; } img { image-rendering: pixelated; display: block; } figure { display: inline-block; margin: 0 .8rem 1rem 0; vertical-align: top; }
figcaption { color: #555; font-size: 13px; } svg text { font: 11px system-ui, sans-serif; fill: #555; } .key { display: inline-block; margin-right: 1rem; }
</style>
<h1>Ablation</h1>
<p>${parts.finished.length} of ${total} runs are done.</p>
${sections.join("\n")}
</html>
`;
}

async function section(
  parts: AblationReportParts,
  data: AblationData,
  table: AblationTable,
): Promise<string> {
  const test = parts.tests.get(data)!;
  const page = test.pages[test.shown]!;
  const finished = parts.finished.filter(({ run }) => run.data === data);
  const rows = table.rows.map((row) => `<tr>${row.map((cell) => `<td>${escapedHtml(cell)}`).join("")}</tr>`);
  const groups: string[] = [];
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
    groups.push(pictures(title, [...beside, ...exhibits], page));
    beside = [];
  }
  if (beside.length > 0) groups.push(pictures("Classical methods", beside, page));
  return `<h2>${escapedHtml(table.title)}</h2>
<table>
<tr>${table.header.map((cell) => `<th>${escapedHtml(cell)}`).join("")}</tr>
${rows.join("\n")}
</table>
<ul>${table.notes.map((note) => `<li>${escapedHtml(note)}`).join("")}</ul>
${await curves(parts, data, finished)}
${costPlot(parts, data, finished)}
<p>The pictures show the part of ${escapedHtml(page.name)} with the most contrast, all with the contrast of the clean image. A residual is the noisy image minus the denoised one, black and
white at 3 standard deviations; outlines in it were taken from the image. Autocorrelation of the residual to 8 pixels: grey is 0, black and white are -0.2 and 0.2; of white
noise only the middle is not grey.</p>
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

/** A row of crops between the noisy and the clean one, and below them the residuals and their autocorrelations. */
function pictures(
  title: string,
  exhibits: readonly Exhibit[],
  page: { readonly noisy: Plane; readonly clean: Plane },
): string {
  const rectangle = contrastRectangle(page.clean, SHOWN);
  const clean = cutPlane(page.clean, rectangle);
  const range = displayRange(clean);
  const crop = (shown: Plane, name: string, caption: string): string =>
    figure(previewPng([{ page: cutPlane(shown, rectangle) }], range), name, caption, SHOWN);
  const crops = exhibits.map(({ name, page: denoised, psnr }) =>
    crop(denoised, name, `${name}${typeof psnr === "number" ? `, ${psnr.toFixed(2)} dB` : ""}`),
  );
  const residuals = exhibits
    .filter(({ name }) => name !== "noisy")
    .map(({ name, page: denoised }) => {
      const difference = residual(page.noisy, denoised);
      const deviation = standardDeviation(difference.data) || 1;
      const picture = previewPng([{ page: cutPlane(difference, rectangle) }], {
        low: -3 * deviation,
        high: 3 * deviation,
      });
      const correlation = autocorrelation(difference);
      return (
        figure(picture, `residual of ${name}`, `residual of ${name}`, SHOWN) +
        figure(
          correlationPng(correlation),
          `autocorrelation of the residual of ${name}`,
          `highest ${correlation.highest.value.toFixed(3)}, lowest near ${correlation.lowestNear.value.toFixed(3)} (white within ${correlation.whiteBound.toFixed(3)})`,
          SHOWN / 2,
        )
      );
    });
  const noisy = exhibits.some(({ name }) => name === "noisy") ? "" : crop(page.noisy, "noisy", "noisy");
  return `<h3>${escapedHtml(title)}</h3>
<div>${noisy}${crops.join("")}${crop(page.clean, "clean", "clean")}</div>
<div>${residuals.join("")}</div>`;
}

function correlationPng({ maxLag, values }: Autocorrelation): Uint8Array {
  const side = 2 * maxLag + 1;
  return previewPng([{ page: { width: side, height: side, data: values } }], { low: -0.2, high: 0.2 });
}

function standardDeviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function figure(png: Uint8Array, alt: string, caption: string, width: number): string {
  const data = Buffer.from(png).toString("base64");
  return `<figure><img alt="${escapedHtml(alt)}" width="${width}" src="data:image/png;base64,${data}"><figcaption>${escapedHtml(caption)}</figcaption></figure>`;
}
