import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { escapedHtml, InputError, type Plane } from "@clidim/imaging";
import { exists, makeFolder, openAtomic } from "@clidim/imaging/node";
import type { Evaluation } from "./evaluateFiles.js";
import { evaluationTables, pageName } from "./evaluationTables.js";
import { type Exhibit, exhibitedPage, exhibitsExplained } from "./exhibits.js";
import { reportDocument, reportTable } from "./reportDocument.js";

/** A page that the report shows, and what was made of it: the prediction, then classical methods. */
export interface ShownPage {
  readonly file: string;
  /** Position in the file's selection. */
  readonly page: number;
  readonly noisy?: Plane;
  readonly clean: Plane;
  readonly exhibits: readonly Exhibit[];
}

const TITLE = "Evaluation of denoised images";

/** An evaluation to look at, as one HTML file without references to others: its tables, and of some pages the part with the most contrast, with residuals and errors. */
export function evaluationReport(evaluation: Evaluation, shown: readonly ShownPage[]): string {
  const tables = evaluationTables(evaluation).map(({ rows: [header, ...rows], sentences }) =>
    [
      header ? reportTable(header, rows) : "",
      ...sentences.map((sentence) => `<p>${escapedHtml(sentence)}</p>`),
    ].join("\n"),
  );
  const sections = shown.map(
    (page) => `<h2>${escapedHtml(pageName(page))}</h2>\n${exhibitedPage(page, page.exhibits)}`,
  );
  const of = shown.length === evaluation.pages.length ? "" : ` of ${evaluation.pages.length}, evenly spread`;
  return reportDocument(
    TITLE,
    `<h1>${TITLE}</h1>
${tables.join("\n")}
<p>${shown.length} ${shown.length === 1 ? "page" : "pages"}${of}, each with its part of the most contrast. ${exhibitsExplained(shown.some(({ noisy }) => noisy !== undefined))}</p>
${sections.join("\n")}`,
  );
}

/** Throws an `InputError` where a file is at the report's place that is no report of an evaluation, which would be lost, and where nothing can be written: before the work, not after it. */
export async function checkReportPlace(path: string): Promise<void> {
  await makeFolder(dirname(path));
  const probe = await openAtomic(path);
  await probe.abort();
  if (!(await exists(path))) return;
  const text = await readFile(path, "utf8").catch(() => "");
  if (text.includes(`<title>${TITLE}</title>`)) return;
  throw new InputError(
    `${path} is there already and is no report of an evaluation; give the report another name`,
    { keys: ["report"] },
  );
}
