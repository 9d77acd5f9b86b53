import { escapedHtml } from "@clidim/imaging";
import type { BatchSummary } from "./summary.js";

/** Of a list that may have thousands of rows, so many are shown; all are in the JSON. */
const SHOWN = 200;

/** A summary as one HTML file without references to others. */
export function summaryHtml(summary: BatchSummary): string {
  const { progress, secondsPerMegapixel: pace, workers, trust, worst, notes, dead, open } = summary;
  const figures: readonly (readonly [string, string])[] = [
    ["Files", String(progress.jobs)],
    ["Done", String(progress.done)],
    ["Given up", String(progress.dead)],
    ["Open", String(progress.open)],
    ["Megapixels denoised", figure(progress.megapixels)],
    ...(pace
      ? [
          ["Seconds per megapixel", figure(pace.all)] as const,
          ["of the median file", figure(pace.median)] as const,
          ["of the slowest file", figure(pace.slowest)] as const,
        ]
      : []),
    ["Results with a report", String(trust.assessed)],
    ["of these with warnings", String(trust.withFindings)],
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Batch of ${progress.jobs} files</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
table { border-collapse: collapse; margin-bottom: 1.5rem; } td, th { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
td.number { text-align: right; white-space: nowrap; }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #1b1b1b; } }
</style>
<h1>Batch of ${progress.jobs} files</h1>
${table([], figures)}
${section(
  "Given up",
  "None: every file that was begun is done or open.",
  ["File", "Why"],
  dead.map(({ input, reason }) => [input, reason]),
)}
${section(
  "Residuals that look least like noise",
  trust.assessed === 0
    ? "No result has a report; plan jobs that write reports to have residuals looked at."
    : "None has more than its share.",
  ["Result", "Autocorrelation", "Mean in its errors", "What stands out"],
  worst.map(({ output, residualCorrelation, residualBias, findings }) => [
    output,
    figure(residualCorrelation),
    figure(residualBias),
    findings.join(". "),
  ]),
)}
${section(
  "What was said of files",
  "Nothing.",
  ["Files", "For example"],
  notes.map(({ files, example }) => [String(files), example]),
)}
${section(
  "Open",
  "None.",
  ["File", "Last attempt"],
  open.map(({ input, lastError }) => [input, lastError ?? ""]),
)}
${section(
  "Workers",
  "None has finished anything.",
  ["Worker", "Files", "Megapixels", "Seconds"],
  workers.map(({ worker, files, megapixels, seconds }) => [
    worker,
    String(files),
    figure(megapixels),
    figure(seconds),
  ]),
)}
</html>
`;
}

function section(
  title: string,
  none: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const more = rows.length > SHOWN ? `<p>and ${rows.length - SHOWN} more, which the JSON has.</p>` : "";
  const body = rows.length === 0 ? `<p>${none}</p>` : `${table(header, rows.slice(0, SHOWN))}${more}`;
  return `<h2>${title}</h2>\n${body}`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string): string =>
    `<td${/^-?[\d.]+(?:e[+-]\d+)?$/.test(text) ? ' class="number"' : ""}>${escapedHtml(text)}</td>`;
  const head = header.length === 0 ? "" : `<tr>${header.map((text) => `<th>${text}</th>`).join("")}</tr>\n`;
  return `<table>\n${head}${rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n")}\n</table>`;
}

/** Three digits. */
const figure = (value: number): string => Number(value.toPrecision(3)).toString();
