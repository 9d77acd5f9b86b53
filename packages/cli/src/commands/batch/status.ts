import { type BatchProgress, batchProgress, batchState, readJobs } from "@clidim/batch";
import { Command } from "commander";
import { formatDuration } from "../../duration.js";
import { present } from "../../results.js";
import { print, type Terminal } from "../../terminal.js";
import { failureText } from "./failureText.js";

export function statusCommand(terminal: Terminal): Command {
  return new Command("status")
    .description("Say how far a batch is, whatever runs it.")
    .argument("<jobs>", "the file that clidim batch plan has written")
    .action(async (file: string, { json = false }: { readonly json?: boolean }) => {
      const states = await batchState(await readJobs(file));
      const progress = batchProgress(states);
      present(terminal, json, "status", progress, () => {
        for (const line of progressLines(progress)) print(terminal, line);
        for (const { job, status, error } of states) {
          if (status === "dead") print(terminal, `Given up: ${failureText(job.input.file, error ?? "")}`);
        }
      });
    });
}

/** How far a batch is, in lines. */
export function progressLines(progress: BatchProgress): string[] {
  const { jobs, done, dead, open, retried, megapixels, megapixelsLeft, rate, secondsLeft, workers } =
    progress;
  return [
    `${done} of ${jobs} files are done, ${dead} given up, ${open} open${retried > 0 ? ` (${retried} to be tried again)` : ""}.`,
    `${megapixels.toFixed(1)} megapixels are denoised by ${workers} ${workers === 1 ? "worker" : "workers"}, ${megapixelsLeft.toFixed(1)} are open.`,
    ...(rate && open > 0
      ? [
          `Of late ${rate.filesPerSecond.toPrecision(3)} files/s, ${rate.megapixelsPerSecond.toPrecision(3)} MPixel/s${secondsLeft === undefined ? "" : `: ${formatDuration(secondsLeft)} left`}.`,
        ]
      : []),
  ];
}
