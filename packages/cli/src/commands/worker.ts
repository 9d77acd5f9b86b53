import { serveJobs, serveQueue, servesAnother } from "@clidim/batch";
import type { MethodRegistry } from "@clidim/denoise";
import { Command } from "commander";
import { durationOption } from "../duration.js";
import { exitCodes } from "../exitCodes.js";
import { foreignModel } from "../foreignModel.js";
import { interruptible } from "../interruption.js";
import { noteText } from "../notes.js";
import { wholeNumber } from "../options.js";
import { addQueueOptions, chosenQueue, type QueueOptions } from "../queueOptions.js";
import { present } from "../results.js";
import { startWorker } from "../startWorker.js";
import { note, print, type Terminal } from "../terminal.js";
import { failureText } from "./batch/failureText.js";

interface Options extends QueueOptions {
  readonly workers: number;
  readonly lostAfter: number;
  readonly untilEmpty?: true;
  readonly adapter?: string;
  readonly json?: boolean;
}

export function workerCommand(
  terminal: Terminal,
  methods: MethodRegistry,
  finish: (code: number) => void,
): Command {
  return addQueueOptions(
    new Command("worker").description(
      "Do the jobs of a queue as they come (clidim batch run --engine bullmq).",
    ),
  )
    .option("--workers <n>", "processes at a time", wholeNumber(1), 1)
    .option(
      "--lost-after <time>",
      "without a sign of life for so long, a worker is taken for lost, and its job is given to another one; the same for all workers of a queue",
      durationOption,
      30,
    )
    .option("--until-empty", "end when there is nothing more to do (default: wait for more)")
    .addHelpText(
      "after",
      `
Ctrl-C gives the files at work back to the queue. A worker that is killed loses nothing but time.
Exit codes: 0 where it has ended by itself, 3 where it has given up files besides.

Examples:
  clidim worker --redis redis://queue.example.org:6379
  clidim worker --redis redis://localhost:6379 --workers 4 --until-empty`,
    )
    .action(async (options: Options) => {
      // Started by a command that does the same work by several processes.
      if (servesAnother()) return serveJobs(methods, foreignModel);
      const { workers: count, lostAfter, untilEmpty = false, adapter, json = false } = options;
      const place = chosenQueue(options);
      await interruptible(terminal, "the files at work go back to the queue", (signal) =>
        serveQueue(
          { ...place, workers: { count, adapters: [adapter] }, startWorker, lostAfter, untilEmpty },
          {
            signal,
            onWarning: (sentence) => note(terminal, noteText(terminal, sentence)),
            onOutcome: ({ input: { file } }, outcome, dead) => {
              if (outcome.status === "done") {
                const { output, seconds } = outcome;
                present(terminal, json, "done", { input: file, output, seconds }, () =>
                  print(terminal, `${file} -> ${output}`),
                );
              } else if (dead) {
                const { error } = outcome;
                finish(exitCodes.partial);
                present(terminal, json, "failed", { input: file, error }, () =>
                  note(terminal, `Given up: ${failureText(file, error)}`),
                );
              } else note(terminal, `To be tried again: ${failureText(file, outcome.error)}`);
            },
          },
        ),
      );
    });
}
