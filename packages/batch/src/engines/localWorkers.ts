import { readFile } from "node:fs/promises";
import { availableParallelism, freemem } from "node:os";
import { Device } from "@clidim/tensor";
import type { Job } from "../plan/job.js";

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
}

/**
 * As many processes as memory allows: for models one on each GPU, or one where there is none, since a software adapter uses all cores by itself; for methods without training one on each core. `wanted` says
 * how many instead.
 */
export async function localWorkers(
  jobs: readonly Job[],
  { wanted, adapter }: { readonly wanted?: number | undefined; readonly adapter?: string | undefined } = {},
): Promise<LocalWorkers> {
  const byModels = jobs.some(({ parameters }) => parameters.model ?? parameters.models);
  const adapters = byModels && adapter === undefined ? await gpus() : [adapter];
  if (wanted !== undefined) return { count: wanted, adapters };
  const most = byModels ? adapters.length : availableParallelism();
  const fitting = Math.floor((SHARE * (await availableBytes())) / workerBytes(jobs));
  return { count: Math.max(1, Math.min(most, fitting, jobs.length)), adapters };
}

/** Numbers of the adapters that are GPUs, as `chooseAdapter` takes them; one undefined where there is none, or but one. */
async function gpus(): Promise<(string | undefined)[]> {
  const names = await Device.adapters();
  const found = names.flatMap((name, i) => (SOFTWARE.test(name) ? [] : [String(i)]));
  return found.length < 2 ? [undefined] : found;
}

/** What a process takes at most: of a file no more is known than all of its pixels. */
function workerBytes(jobs: readonly Job[]): number {
  const largest = jobs.reduce((most, { pixels }) => Math.max(most, pixels), 0);
  return PROCESS_BYTES + BYTES_PER_PIXEL * Math.min(largest, LARGEST_PAGE);
}

/** Memory that can be had without taking it from anyone. */
async function availableBytes(): Promise<number> {
  try {
    // Of Linux, where what is free does not count the cache of files.
    const [, kilobytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile("/proc/meminfo", "utf8")) ?? [];
    if (kilobytes !== undefined) return Math.min(1024 * Number(kilobytes), constrained());
  } catch {} // not Linux
  return Math.min(freemem(), constrained());
}

/** What a control group leaves to this process (a container, a job of Slurm). */
function constrained(): number {
  const bytes = process.constrainedMemory();
  return bytes > 0 && bytes < Number.MAX_SAFE_INTEGER ? bytes : Number.POSITIVE_INFINITY;
}
