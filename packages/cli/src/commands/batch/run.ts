import {
  batchState,
  type JobState,
  localWorkers,
  readJobs,
  reviveDead,
  runLocal,
  writeSummary,
} from "@clidim/batch";
import { Command } from "commander";
import { durationOption } from "../../duration.js";
import { exitCodes } from "../../exitCodes.js";
import { interruptible } from "../../interruption.js";
import { wholeNumber } from "../../options.js";
import { startWorker } from "../../startWorker.js";
import type { Terminal } from "../../terminal.js";
import { batchView } from "./batchView.js";
import { showSummaries } from "./summary.js";

interface Options {
  readonly workers?: number;
  readonly attempts: number;
  readonly backoff: number;
  readonly retryDead?: true;
  readonly adapter?: string;
  readonly json?: boolean;
}

export function runCommand(terminal: Terminal, finish: (code: number) => void): Command {
  return new Command("run")
    .description("Do the jobs of a plan that are not done.")
    .argument("<jobs>", "the file that clidim batch plan has written")
    .option(
      "--workers <n>",
      "processes at a time (default: as many as memory allows; with models one on each GPU, without one on each core)",
      wholeNumber(1),
    )
    .option("--attempts <n>", "how often a file is tried that may go better another time", wholeNumber(1), 3)
    .option(
      "--backoff <time>",
      "how long is waited before the second attempt, twice as long before each further one",
      durationOption,
      5,
    )
    .option("--retry-dead", "try those again that were given up")
    .addHelpText(
      "after",
      `
A file whose result is there, made by the very job, is not done again: the same command goes on after Ctrl-C, a power cut or a full disk. Results appear when they are complete.
What is wrong with a file itself makes it a dead letter at once. What may go better another time (a process that ended, a device that was lost, a disk that cannot be read) is tried again.

At the end batch.html, batch.json and batch.dead.jsonl stand in the folder of the results, and denoised.json has a record of each.
Exit codes: 0 all files, 3 some were given up, 2 all.

Examples:
  clidim batch run jobs.jsonl
  clidim batch run jobs.jsonl --workers 4 --retry-dead`,
    )
    .action(async (file: string, options: Options) => {
      const { attempts, backoff, workers: wanted, adapter, json = false } = options;
      const retries = { attempts, backoff };
      const jobs = await readJobs(file);
      const found = await batchState(jobs);
      const states = options.retryDead ? await reviveDead(found) : found;
      const open = states.filter(({ status }) => status === "open");
      if (open.length > 0) {
        await interruptible(
          terminal,
          "the files at work are left out; the same command goes on",
          async (signal) => {
            const workers = await localWorkers(
              open.map(({ job }) => job),
              { wanted, adapter },
            );
            const view = batchView(terminal, states);
            try {
              await runLocal(
                { jobs: open, workers, startWorker, retries },
                { signal, onOutcome: view.outcome },
              );
            } finally {
              view.stop();
            }
          },
        );
      }
      const after = await batchState(jobs);
      showSummaries(terminal, json, await writeSummary(after));
      finish(exitCodeOf(after));
    });
}

/** Some given up: 3; all: 2. */
function exitCodeOf(states: readonly JobState[]): number {
  const dead = states.filter(({ status }) => status === "dead").length;
  return dead === 0 ? exitCodes.success : dead === states.length ? exitCodes.input : exitCodes.partial;
}
