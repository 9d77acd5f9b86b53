import { join } from "node:path";
import { exists } from "@clidim/imaging/node";
import type { Job } from "../plan/job.js";
import { Journal, type JournalEntry, readJournals } from "./journal.js";
import type { Done } from "./outcome.js";

/** What is known of a job. */
export interface JobState {
  readonly job: Job;
  /** Open: neither done nor given up. */
  readonly status: "open" | "done" | "dead";
  /** Attempts that came to nothing, since the job was last given another chance. */
  readonly failures: number;
  readonly done?: Done & Pick<JournalEntry, "at" | "worker">;
  /** Why the last attempt came to nothing, or the job was given up. */
  readonly error?: string;
  /** The time of the last line of a journal about the job or its result, by the clock of whoever wrote it; what is written of it next comes after that, see `Journal`. */
  readonly last?: string;
}

/** The states of jobs, in their order, as the journals have them. A job whose result is no more there is open again, also where another job has its own in that place. */
export async function batchState(jobs: readonly Job[]): Promise<JobState[]> {
  const journals = new Map<string, OfFolder>();
  for (const out of new Set(jobs.map((job) => job.out))) journals.set(out, await ofFolder(out));
  const states: JobState[] = [];
  for (const job of jobs) states.push(await stateOf(job, journals.get(job.out)!));
  return states;
}

/** What the journals of a folder of results say. */
interface OfFolder {
  /** The lines of each job. */
  readonly entries: ReadonlyMap<string, readonly JournalEntry[]>;
  /** Of each result, the line of the job that made it last. */
  readonly makers: ReadonlyMap<string, JournalEntry>;
}

async function ofFolder(out: string): Promise<OfFolder> {
  const entries = new Map<string, JournalEntry[]>();
  const makers = new Map<string, JournalEntry>();
  for (const entry of await readJournals(out)) {
    const known = entries.get(entry.job);
    if (known) known.push(entry);
    else entries.set(entry.job, [entry]);
    if (entry.status === "done") makers.set(entry.output, entry);
  }
  return { entries, makers };
}

async function stateOf(job: Job, { entries, makers }: OfFolder): Promise<JobState> {
  const own = entries.get(job.id) ?? [];
  const last = own.findLastIndex(({ status }) => status === "done");
  const done = doneIn(own);
  const made = makers.get(job.output?.replaceAll("\\", "/") ?? "");
  const times = [own.at(-1)?.at, made?.at].filter((at) => at !== undefined).toSorted();
  const known = { job, ...(times.length > 0 && { last: times.at(-1)! }) };
  if (done && makers.get(done.output)?.job === job.id && (await exists(join(job.out, done.output)))) {
    return { ...known, status: "done", failures: failuresIn(own).failures, done };
  }
  // What was before belongs to a result that is no more there.
  return { ...known, ...failuresIn(own.slice(last + 1)) };
}

/** The last one that was not found: what was found was made, and written down, by another one, or its process was killed in between. */
function doneIn(entries: readonly JournalEntry[]): JobState["done"] {
  const done = entries.filter((entry) => entry.status === "done");
  return done.findLast(({ found }) => !found) ?? done.at(-1);
}

function failuresIn(entries: readonly JournalEntry[]): Pick<JobState, "status" | "failures" | "error"> {
  let status: "open" | "dead" = "open";
  let error: string | undefined;
  let failures = 0;
  for (const entry of entries) {
    switch (entry.status) {
      case "done":
        break;
      case "failed":
        failures++;
        error = entry.error;
        break;
      case "dead":
        error = entry.error;
        status = "dead";
        break;
      case "revived":
        status = "open";
        failures = 0;
        break;
      default:
        entry satisfies never;
    }
  }
  return { status, failures, ...(error !== undefined && { error }) };
}

/** Gives jobs that were given up another chance; the states after it. */
export async function reviveDead(states: readonly JobState[]): Promise<JobState[]> {
  const journal = new Journal();
  const revived: JobState[] = [];
  for (const state of states) {
    if (state.status !== "dead") {
      revived.push(state);
      continue;
    }
    const { job, failures, last } = state;
    const at = await journal.add(job.out, { job: job.id, attempt: failures, status: "revived" }, last);
    revived.push({ ...state, status: "open", failures: 0, last: at });
  }
  return revived;
}
