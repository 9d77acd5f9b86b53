import type { Job, JobState, Outcome } from "@clidim/batch";
import { formatDuration } from "../../duration.js";
import { startNotes } from "../../notes.js";
import { startProgress } from "../../progress.js";
import type { Terminal } from "../../terminal.js";
import { failureText } from "./failureText.js";

/** What a batch shows as it goes. */
export interface BatchView {
  readonly outcome: (job: Job, outcome: Outcome, dead: boolean) => void;
  /** A line of its own. */
  readonly line: (sentence: string) => void;
  readonly stop: () => void;
}

/** Shows how many files are done, and the rate since it began; attempts that came to nothing are lines, and so is what was said of files, once of each kind. */
export function batchView(terminal: Terminal, states: readonly JobState[]): BatchView {
  const before = states.filter(({ status }) => status !== "open").length;
  const progress = startProgress(terminal, "file", states.length, before);
  const notes = startNotes(terminal, (line) => progress.line(line));
  const started = performance.now();
  const megapixels = (jobs: readonly Job[]): number =>
    jobs.reduce((sum, { pixels }) => sum + pixels / 1e6, 0);
  let left = megapixels(states.flatMap(({ job, status }) => (status === "open" ? [job] : [])));
  let [files, made] = [0, 0];
  return {
    outcome(job, outcome, dead) {
      if (outcome.status === "failed") {
        const why = failureText(job.input.file, outcome.error);
        progress.line(dead ? `Given up: ${why}` : `To be tried again: ${why}`);
        if (!dead) return;
      } else {
        made += outcome.pixels / 1e6;
        for (const sentence of outcome.notes ?? []) notes.add(sentence, job.input.file);
      }
      left -= job.pixels / 1e6;
      files++;
      const seconds = (performance.now() - started) / 1000;
      const rate = made / seconds;
      progress.update(
        before + files,
        `${(files / seconds).toPrecision(2)} files/s, ${rate.toPrecision(2)} MPixel/s${rate > 0 ? `  ${formatDuration(left / rate)} left` : ""}`,
        before + files === states.length,
      );
    },
    line: (sentence) => progress.line(sentence),
    stop: () => {
      notes.summarise();
      progress.stop();
    },
  };
}
