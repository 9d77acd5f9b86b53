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
}

/** The states of jobs, in their order, as the journals have them. A job whose result is no more there is open again. */
export async function batchState(jobs: readonly Job[]): Promise<JobState[]> {
  const journals = new Map<string, Map<string, JournalEntry[]>>();
  for (const out of new Set(jobs.map((job) => job.out))) {
    const ofJobs = new Map<string, JournalEntry[]>();
    for (const entry of await readJournals(out)) {
      const known = ofJobs.get(entry.job);
      if (known) known.push(entry);
      else ofJobs.set(entry.job, [entry]);
    }
    journals.set(out, ofJobs);
  }
  const states: JobState[] = [];
  for (const job of jobs) states.push(await stateOf(job, journals.get(job.out)!.get(job.id) ?? []));
  return states;
}

async function stateOf(job: Job, entries: readonly JournalEntry[]): Promise<JobState> {
  let status: JobState["status"] = "open";
  let done: JobState["done"];
  let error: string | undefined;
  let failures = 0;
  for (const entry of entries) {
    switch (entry.status) {
      case "done":
        // What was found was made, and written down, by another one, or its process was killed in between.
        if (!done || !entry.found) done = entry;
        status = "done";
        break;
      case "failed":
        failures++;
        error = entry.error;
        break;
      case "dead":
        error = entry.error;
        if (status !== "done") status = "dead";
        break;
      case "revived":
        if (status === "dead") status = "open";
        failures = 0;
        break;
      default:
        entry satisfies never;
    }
  }
  if (status === "done" && !(await exists(join(job.out, done!.output)))) status = "open";
  return {
    ...{ job, status, failures },
    ...(status === "done" && { done: done! }),
    ...(status !== "done" && error !== undefined && { error }),
  };
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
    const { job, failures } = state;
    await journal.add(job.out, { job: job.id, attempt: failures, status: "revived" });
    revived.push({ ...state, status: "open", failures: 0 });
  }
  return revived;
}
