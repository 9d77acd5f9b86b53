import { z } from "zod";
import type { DenoisedImage, NamedBlob } from "../../engine/engine.js";
import { shownText } from "../failures.js";
import { readFile } from "../node/fsPromises.js";

/** What is looked at of a report in JSON, see `trustReportJson`. */
const reportSchema = z.object({
  pages: z.array(
    z.object({
      page: z.number(),
      findings: z.array(z.string()),
      autocorrelation: z.object({ highest: z.object({ value: z.number() }) }),
      flux: z.object({ ratio: z.number().optional() }),
    }),
  ),
});

type Checks = DenoisedImage["checks"];

/** A report in HTML; of an image with several channels, what that of it is called. */
interface ReportFile {
  readonly path: string;
  readonly channel?: string;
}

/** What stands out in the reports of a result, and where; where nothing does, what was looked at. */
export async function trustChecks(reports: readonly ReportFile[]): Promise<Checks> {
  const pages = [];
  const found: string[] = [];
  for (const { path, channel } of reports) {
    const text = await readFile(path.replace(/\.html$/, ".json"), "utf8");
    const assessed = reportSchema.parse(JSON.parse(text)).pages;
    for (const { page, findings } of assessed) {
      const where = [
        ...(channel === undefined ? [] : [channel]),
        ...(assessed.length > 1 ? [`page ${page + 1}`] : []),
      ].join(", ");
      found.push(...findings.map((finding) => (where === "" ? `${finding}.` : `${where}: ${finding}.`)));
    }
    pages.push(...assessed);
  }
  if (pages.length === 0) return [];
  if (found.length > 0) return found.map((sentence) => ({ sentence, stands: "out" }));
  const correlation = Math.max(...pages.map(({ autocorrelation }) => autocorrelation.highest.value));
  const light = pages
    .flatMap(({ flux }) => flux.ratio ?? [])
    .toSorted((a, b) => Math.abs(b - 1) - Math.abs(a - 1))
    .slice(0, 1);
  return [
    `What was taken away looks like noise alone: it correlates with itself by ${correlation.toFixed(2)} at most.`,
    ...light.map((ratio) => `The light is kept: the result holds ${(100 * ratio).toFixed(1)} % of it.`),
    "There is no grid in the result that the image does not have.",
  ].map((sentence) => ({ sentence, stands: "fine" }));
}

/** The report as one file; of several channels, an archive of theirs; undefined where there is none. */
export async function reportOf(reports: readonly string[], stem: string): Promise<NamedBlob | undefined> {
  const [first, ...others] = reports;
  if (first === undefined) return undefined;
  const textOf = async (path: string): Promise<string> => shownText(await readFile(path, "utf8"));
  if (others.length === 0) {
    return { name: `${stem}.report.html`, blob: new Blob([await textOf(first)], { type: "text/html" }) };
  }
  const files = await Promise.all(
    reports.map(async (path) => ({ name: path.slice(path.lastIndexOf("/") + 1), text: await textOf(path) })),
  );
  const { zipOf } = await import("./zipOf.js");
  return { name: `${stem}.reports.zip`, blob: await zipOf(files) };
}
