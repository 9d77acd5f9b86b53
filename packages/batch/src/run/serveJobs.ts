import type { MethodRegistry } from "@clidim/denoise";
import type { ForeignReader } from "@clidim/denoise/node";
import { PlaceError } from "@clidim/imaging";
import type { Job } from "../plan/job.js";
import { JobRunner } from "./jobRunner.js";
import type { FromWorker, ToWorker } from "./messages.js";
import { ProgramError } from "./programError.js";

/** What tells a process that was started to do jobs from one that has a channel of a supervisor, such as pm2 or nodemon. */
const MARKER = "CLIDIM_BATCH_STARTER";

/** What the environment of a process has to hold, beside its own, that is started to do jobs for this one. */
export const servingEnvironment = (): Readonly<Record<string, string>> => ({ [MARKER]: String(process.pid) });

/** Whether this process was started to do jobs for another one, with `servingEnvironment` of that, which may have ended since. */
export const servesAnother = (): boolean => process.send !== undefined && process.env[MARKER] !== undefined;

/** Whether the process that has started this one is there still. */
const hasStarter = (): boolean => process.connected && process.env[MARKER] === String(process.ppid);

/**
 * Does the jobs that the process which has started this one sends, one at a time, until it says so or is no more there. Signals of a terminal or of the system go to both; it is the other one that
 * decides, so that a job at hand is left in good order. Nothing is done where that one has ended before. `foreign` reads models of other programs.
 */
export async function serveJobs(methods: MethodRegistry, foreign?: ForeignReader): Promise<void> {
  const runner = new JobRunner(methods, foreign);
  const stopping = new AbortController();
  const send = (message: FromWorker): void => {
    if (process.connected) process.send!(message, undefined, {}, () => undefined); // the other one may be gone
  };
  const work = async (job: Job, attempt: number, after: string | undefined): Promise<void> => {
    try {
      const outcome = await runner.run(job, attempt, stopping.signal, after);
      send({ type: "outcome", job: job.id, outcome });
    } catch (error) {
      if (stopping.signal.aborted) return;
      const type =
        error instanceof PlaceError ? "place" : error instanceof ProgramError ? "program" : undefined;
      if (type === undefined) throw error;
      send({ type, sentence: (error as Error).message });
    }
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const nothing = (): void => undefined;
  for (const signal of signals) process.on(signal, nothing);
  let working: Promise<void> = Promise.resolve();
  try {
    if (!hasStarter()) return;
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        stopping.abort(new Error("the batch was stopped"));
        working.then(resolve, reject);
      };
      process.on("message", (message: ToWorker) => {
        if (message.type === "stop") stop();
        else {
          working = work(message.job, message.attempt, message.after);
          working.catch(reject);
        }
      });
      process.once("disconnect", stop);
      send({ type: "ready" });
    });
  } finally {
    // Or the channel keeps the process from ending.
    if (process.connected) process.disconnect();
  }
}
