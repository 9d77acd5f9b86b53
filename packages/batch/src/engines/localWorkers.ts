import { availableParallelism } from "node:os";
import { adapterNumbers } from "@clidim/denoise/node";
import type { Job } from "../plan/job.js";
import { availableBytes } from "./availableBytes.js";

/** Bytes of a process with its libraries, and for each pixel of its largest page; pages of more than so many pixels are gone through by bands. */
const PROCESS_BYTES = 350e6;
const BYTES_PER_PIXEL = 60;
const LARGEST_PAGE = 2 ** 25;
/** Of the memory that is free. */
const SHARE = 0.8;

/** CPUs that pass for adapters. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|basic render/i;

/** How many processes to start, and the adapter of each in turn; undefined: that of its own choice. */
export interface LocalWorkers {
  readonly count: number;
  readonly adapters: readonly (string | undefined)[];
  /** Why there are fewer than cores, where nobody has said how many: what goes on after "since". */
  readonly fewer?: string;
}

/**
 * As many processes as memory allows: for models one on each GPU, or one where there is none, since a software adapter uses all cores by itself; for methods without training one on each core. `wanted` says
 * how many instead. `machine`: cores, and bytes of memory that can be had; default: those of this one.
 */
export async function localWorkers(
  jobs: readonly Job[],
  {
    wanted,
    adapter,
    machine,
  }: {
    readonly wanted?: number | undefined;
    readonly adapter?: string | undefined;
    readonly machine?: { readonly cores: number; readonly bytes: number };
  } = {},
): Promise<LocalWorkers> {
  const byModels = jobs.some(({ parameters }) => parameters.model ?? parameters.models);
  const adapters = byModels && adapter === undefined ? await gpus() : [adapter];
  if (wanted !== undefined) return { count: wanted, adapters };
  const { cores, bytes } = machine ?? { cores: availableParallelism(), bytes: await availableBytes() };
  const most = byModels ? adapters.length : cores;
  const each = workerBytes(jobs);
  const fitting = Math.floor((SHARE * bytes) / each);
  const count = Math.max(1, Math.min(most, fitting, jobs.length));
  if (count >= cores) return { count, adapters };
  const fewer =
    count === jobs.length
      ? "there is no more to do"
      : count === most
        ? "models compute in one on each GPU, or on all cores"
        : `of ${gigabytes(bytes)} of memory that can be had, each may take ${gigabytes(each)}`;
  return { count, adapters, fewer };
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** Numbers of the adapters that are GPUs and that `chooseAdapter` can open; one undefined where there is none, or but one. */
async function gpus(): Promise<(string | undefined)[]> {
  const found = (await adapterNumbers()).flatMap(({ number, name, hiddenBy }) =>
    SOFTWARE.test(name) || hiddenBy !== undefined ? [] : [String(number)],
  );
  return found.length < 2 ? [undefined] : found;
}

/** What a process takes at most: of a file no more is known than all of its pixels. */
function workerBytes(jobs: readonly Job[]): number {
  const largest = jobs.reduce((most, { pixels }) => Math.max(most, pixels), 0);
  return PROCESS_BYTES + BYTES_PER_PIXEL * Math.min(largest, LARGEST_PAGE);
}
