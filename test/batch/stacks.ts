import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Job, jobLine, planBatch } from "@clidim/batch";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";

/** `node scripts/test-batch.mjs` sets these; what stands here is what `npm test` runs. */
export const SEED = Number(process.env.CLIDIM_BATCH_SEED ?? 20261128);
export const long: number | undefined = process.env.CLIDIM_BATCH_STACKS
  ? Number(process.env.CLIDIM_BATCH_STACKS)
  : undefined;

/** A folder of tiny stacks, no two alike, some of them damaged on purpose. */
export interface Stacks {
  readonly names: readonly string[];
  readonly damaged: readonly string[];
  /** A plan of all of them with results in a folder, and the file that it is written to. */
  plan(out: string): Promise<{ readonly jobs: Job[]; readonly file: string }>;
}

const SIDE = 16;

export async function makeStacks(folder: string, count: number): Promise<Stacks> {
  const data = join(folder, "data");
  mkdirSync(data, { recursive: true });
  const [scene] = simulateScenes({ size: SIDE, scenes: 1, frames: 2 });
  const names = Array.from({ length: count }, (_, i) => `stack${String(i).padStart(5, "0")}.tif`);
  const damaged = names.filter((_, i) => i % Math.max(7, Math.floor(count / 20)) === 5);
  for (const [i, name] of names.entries()) {
    const path = join(data, name);
    // Each with a pixel of its own, so that no two results are alike.
    const pages = scene!.noisy.map((page) => ({ ...page, data: page.data.with(0, i) }));
    await writeImageFile(path, pages);
    // Its directory, or its pixels, are missing.
    if (damaged.includes(name)) truncateSync(path, i % 2 ? 20 : statSync(path).size / 2);
  }
  const files = names.map((name) => ({ file: join(data, name), folder: "" }));
  let planned: Promise<Job[]> | undefined;
  return {
    names,
    damaged,
    async plan(out) {
      // Jobs are the same, with the same numbers, into whichever folder.
      planned ??= planBatch({ methods, files, out: folder, parameters: { method: "gaussian" } });
      const jobs = (await planned).map((job) => ({ ...job, out: join(folder, out) }));
      const file = join(folder, `${out}.jsonl`);
      writeFileSync(file, jobs.map((job) => `${jobLine(job)}\n`).join(""));
      return { jobs, file };
    },
  };
}

/** The results in a folder, which hold nothing unfinished. */
export function resultsIn(out: string): Map<string, Buffer> {
  const names = readdirSync(out);
  const unfinished = names.filter((name) => name.endsWith(".part"));
  if (unfinished.length > 0) throw new Error(`${out} holds ${unfinished.join(", ")}`);
  return new Map(
    names.filter((name) => name.endsWith(".tif")).map((name) => [name, readFileSync(join(out, name))]),
  );
}
