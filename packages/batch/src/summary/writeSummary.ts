import { realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { jobOf, namedInput, type ResultRecord, ResultRecords } from "@clidim/denoise/node";
import { InputError } from "@clidim/imaging";
import { atomicWrite, exclusively, readTextFile } from "@clidim/imaging/node";
import type { Job } from "../plan/job.js";
import { isOfLaterVersion, jobIn, jobLine } from "../plan/jobsFile.js";
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
  /** Why lines that were in it before are not: they are no jobs. */
  readonly leftOut: readonly string[];
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
    const { deadOfOthers, leftOut } = await writeDead(dead, out, own);
    await atomicWrite(html, summaryHtml(summary));
    // The last, so that all of it is there where this is.
    await atomicWrite(json, `${JSON.stringify(summary, null, 2)}\n`);
    written.push({ out, html, json, dead, deadOfOthers, leftOut, summary });
  }
  return written;
}

/** Writes the dead letters of a folder of results, and tells how many are those of other plans, and what is left out. */
function writeDead(
  path: string,
  out: string,
  own: readonly JobState[],
): Promise<Pick<WrittenSummary, "deadOfOthers" | "leftOut">> {
  return exclusively(path, async () => {
    const { jobs: before, later, leftOut } = await linesOf(path);
    const others = await stillDead(before, out, own);
    const lines = [...own, ...others].flatMap(({ job, status, error }) =>
      status === "dead" ? [jobLine({ ...job, ...(error !== undefined && { reason: error }) })] : [],
    );
    await atomicWrite(path, [...lines, ...later].map((line) => `${line}\n`).join(""));
    return { deadOfOthers: others.length, leftOut };
  });
}

/** What a list of dead letters holds. */
interface DeadLetters {
  /** Each once. */
  readonly jobs: readonly Job[];
  /** Jobs of a later version of this program, which can read them. */
  readonly later: readonly string[];
  /** Why other lines are no jobs: with them, nobody could run the list. */
  readonly leftOut: readonly string[];
}

/** What a list of dead letters holds; nothing where there is none. An `InputError` where it cannot be read just now: the letters in it are not to be lost. */
async function linesOf(path: string): Promise<DeadLetters> {
  const text = await readTextFile(path).catch((error: unknown) => {
    const cause = error instanceof InputError ? error.cause : error;
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return "";
    throw error;
  });
  const jobs = new Map<string, Job>();
  const [later, leftOut]: [string[], string[]] = [[], []];
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      const job = jobIn(line, `${path}, line ${i + 1}`);
      jobs.set(`${job.out}\n${job.id}`, job);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      if (isOfLaterVersion(line)) later.push(line);
      else leftOut.push(error.message);
    }
  }
  return { jobs: [...jobs.values()], later, leftOut };
}

/** Of dead letters that were there before, those of none of these jobs and without a result in the place of one, that are given up still. */
async function stillDead(before: readonly Job[], out: string, own: readonly JobState[]): Promise<JobState[]> {
  // A file that could not be opened when one of them was planned has a result in another's plan.
  const marks = ({ id, output, folder, input }: Job): string[] => [
    ...[id, `${folder}\n${input.file}`],
    ...(output === undefined ? [] : [output]),
  ];
  const taken = new Set(own.flatMap(({ job }) => marks(job)));
  const here = await realPath(out);
  const others: Job[] = [];
  for (const job of before) {
    if (marks(job).some((mark) => taken.has(mark))) continue;
    if ((await realPath(job.out)) === here) others.push(job);
  }
  return (await batchState(others)).filter(({ status }) => status === "dead");
}

/** A folder as it is called without links; as it is called where it is not there. */
const realPath = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));

async function addRecords(out: string, states: readonly JobState[]): Promise<void> {
  const records = await ResultRecords.of(out);
  for (const { job, done } of states) {
    if (!done) continue;
    const before = records.before(done.output);
    // A line of a journal, which has what `JobRunner` has written down.
    const record = done.record as ResultRecord | undefined;
    if (before && "job" in before && before.job === job.id) {
      // Of the result that is there, and not of one that was before it.
      if (!record || ("date" in before && before.date === record.date)) continue;
    }
    // The record of what has replaced the result since, such as one of `denoiseFiles`.
    if (before && (await jobOf(join(out, done.output))) !== job.id) continue;
    if (record) records.add(record);
    else if (!before) {
      // Of one that was found, what made it is in the result itself.
      const input = done.input ?? { name: namedInput(job.input.file) };
      records.add({ output: done.output, input, job: job.id, recovered: true });
    }
  }
  await records.write();
}
