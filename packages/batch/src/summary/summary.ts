import { join } from "node:path";
import type { JobState } from "../run/batchState.js";
import { type BatchProgress, batchProgress } from "./progress.js";

/** A result whose residual is no noise of single pixels. */
export interface WorstResidual {
  readonly input: string;
  readonly output: string;
  readonly residualCorrelation: number;
  readonly residualBias: number;
  readonly findings: readonly string[];
}

/** What a batch has come to. */
export interface BatchSummary {
  readonly format: "clidim-batch-summary";
  readonly formatVersion: 1;
  readonly progress: BatchProgress;
  /** Of denoising alone, of all files that were not found done; the median and the slowest of files. */
  readonly secondsPerMegapixel?: {
    readonly all: number;
    readonly median: number;
    readonly slowest: number;
  };
  readonly workers: readonly {
    readonly worker: string;
    readonly files: number;
    readonly megapixels: number;
    readonly seconds: number;
  }[];
  /** How many results have a report, and how many of these reports find something. */
  readonly trust: { readonly assessed: number; readonly withFindings: number };
  /** Those whose residual correlates most, at most 20. */
  readonly worst: readonly WorstResidual[];
  /** What was said of files, with numbers left out, the commonest first: an example, and of how many. */
  readonly notes: readonly { readonly example: string; readonly files: number }[];
  readonly dead: readonly { readonly input: string; readonly reason: string }[];
  readonly open: readonly { readonly input: string; readonly lastError?: string }[];
}

const WORST = 20;

/** Sums up what the journals know of jobs. */
export function summarise(states: readonly JobState[]): BatchSummary {
  const done = states.flatMap(({ job, done: one }) => (one ? [{ job, done: one }] : []));
  const timed = done.flatMap(({ done: one }) =>
    one.found || one.pixels === 0 ? [] : [{ ...one, pace: (1e6 * one.seconds) / one.pixels }],
  );
  const paces = timed.map(({ pace }) => pace).sort((a, b) => a - b);
  const pixels = timed.reduce((sum, one) => sum + one.pixels, 0);
  const seconds = timed.reduce((sum, one) => sum + one.seconds, 0);
  const assessed = done.flatMap(({ job, done: { trust, output } }) =>
    trust ? [{ input: job.input.file, output: join(job.out, output), ...trust }] : [],
  );
  return {
    format: "clidim-batch-summary",
    formatVersion: 1,
    progress: batchProgress(states),
    ...(paces.length > 0 && {
      secondsPerMegapixel: {
        all: (1e6 * seconds) / pixels,
        median: paces[paces.length >> 1]!,
        slowest: paces.at(-1)!,
      },
    }),
    workers: ofWorkers(timed),
    trust: {
      assessed: assessed.length,
      withFindings: assessed.filter(({ findings }) => findings.length > 0).length,
    },
    worst: assessed
      .toSorted((a, b) => Math.abs(b.residualCorrelation) - Math.abs(a.residualCorrelation))
      .slice(0, WORST),
    notes: notesOf(done.map(({ job, done: { notes = [] } }) => ({ file: job.input.file, notes }))),
    dead: states.flatMap(({ job, status, error }) =>
      status === "dead" ? [{ input: job.input.file, reason: error ?? "not known" }] : [],
    ),
    open: states.flatMap(({ job, status, error }) =>
      status === "open" ? [{ input: job.input.file, ...(error !== undefined && { lastError: error }) }] : [],
    ),
  };
}

function ofWorkers(
  timed: readonly { readonly worker: string; readonly pixels: number; readonly seconds: number }[],
): BatchSummary["workers"] {
  const workers = new Map<string, { files: number; megapixels: number; seconds: number }>();
  for (const { worker, pixels, seconds } of timed) {
    const sum = workers.get(worker) ?? { files: 0, megapixels: 0, seconds: 0 };
    workers.set(worker, {
      files: sum.files + 1,
      megapixels: sum.megapixels + pixels / 1e6,
      seconds: sum.seconds + seconds,
    });
  }
  return [...workers].map(([worker, sum]) => ({ worker, ...sum }));
}

function notesOf(
  files: readonly { readonly file: string; readonly notes: readonly string[] }[],
): BatchSummary["notes"] {
  const kinds = new Map<string, { example: string; files: number }>();
  for (const { file, notes } of files) {
    for (const sentence of notes) {
      const kind = sentence.replaceAll(file, "").replace(/-?\d[\d.e+-]*/g, "0");
      const known = kinds.get(kind);
      if (known) known.files++;
      else kinds.set(kind, { example: sentence, files: 1 });
    }
  }
  return [...kinds.values()].sort((a, b) => b.files - a.files);
}
