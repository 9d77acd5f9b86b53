import { join } from "node:path";
import { jobOf, type ResultRecord, ResultRecords } from "@clidim/denoise/node";
import { InputError } from "@clidim/imaging";
import { atomicWrite, exclusively } from "@clidim/imaging/node";
import type { Job } from "../plan/job.js";
import { jobLine, readJobs } from "../plan/jobsFile.js";
import { batchState, type JobState } from "../run/batchState.js";
import { type BatchSummary, summarise } from "./summary.js";
import { summaryHtml } from "./summaryHtml.js";

/** What was written for a folder of results. */
export interface WrittenSummary {
  readonly out: string;
  readonly html: string;
  readonly json: string;
  /** The jobs that were given up, each with its reason, which are jobs again; there also where there are none. Those of other plans stay in it, as long as they are given up. */
  readonly dead: string;
  /** How many of them are of other plans, of which the summary says nothing. */
  readonly deadOfOthers: number;
  readonly summary: BatchSummary;
}

/** Writes `batch.html`, `batch.json` and `batch.dead.jsonl` into each folder of results, and adds what jobs were done to its `denoised.json`. */
export async function writeSummary(states: readonly JobState[]): Promise<WrittenSummary[]> {
  const written: WrittenSummary[] = [];
  for (const out of new Set(states.map(({ job }) => job.out))) {
    const own = states.filter(({ job }) => job.out === out);
    const summary = summarise(own);
    const [html, json, dead] = ["batch.html", "batch.json", "batch.dead.jsonl"].map((name) =>
      join(out, name),
    ) as [string, string, string]; // as many as there are names
    await addRecords(out, own);
    const deadOfOthers = await writeDead(dead, out, own);
    await atomicWrite(html, summaryHtml(summary));
    // The last, so that all of it is there where this is.
    await atomicWrite(json, `${JSON.stringify(summary, null, 2)}\n`);
    written.push({ out, html, json, dead, deadOfOthers, summary });
  }
  return written;
}

/** Writes the dead letters of a folder of results, and returns how many are those of other plans. */
function writeDead(path: string, out: string, own: readonly JobState[]): Promise<number> {
  return exclusively(path, async () => {
    const others = await stillDead(path, out, own);
    const lines = [...own, ...others].flatMap(({ job, status, error }) =>
      status === "dead" ? [`${jobLine({ ...job, ...(error !== undefined && { reason: error }) })}\n`] : [],
    );
    await atomicWrite(path, lines.join(""));
    return others.length;
  });
}

/** Dead letters that were there before, of none of these jobs and without a result in the place of one, that are given up still. */
async function stillDead(path: string, out: string, own: readonly JobState[]): Promise<JobState[]> {
  // A file that could not be opened when one of them was planned has a result in another's plan.
  const marks = ({ id, output, folder, input }: Job): string[] => [
    ...[id, `${folder}\n${input.file}`],
    ...(output === undefined ? [] : [output]),
  ];
  const taken = new Set(own.flatMap(({ job }) => marks(job)));
  const before = await readJobs(path).catch((error: unknown) => {
    const cause = error instanceof InputError ? error.cause : error;
    // The letters in a list that cannot be read just now are not to be lost.
    if (cause instanceof Error && !("code" in cause && cause.code === "ENOENT")) throw error;
    return []; // none yet, or no list of jobs
  });
  const others = before.filter((job) => job.out === out && !marks(job).some((mark) => taken.has(mark)));
  return (await batchState(others)).filter(({ status }) => status === "dead");
}

async function addRecords(out: string, states: readonly JobState[]): Promise<void> {
  const records = await ResultRecords.of(out);
  for (const { job, done } of states) {
    if (!done) continue;
    const before = records.before(done.output);
    if (before && "job" in before && before.job === job.id) continue;
    // The record of what has replaced the result since, such as one of `denoiseFiles`.
    if (before && (await jobOf(join(out, done.output))) !== job.id) continue;
    // A line of a journal, which has what `JobRunner` has written down.
    const record = done.record as ResultRecord | undefined;
    // Of one that was found, what made it is in the result itself.
    if (record) records.add(record);
    else if (!before) records.add({ output: done.output, input: { name: job.input.file }, recovered: true });
  }
  await records.write();
}
