import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
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
  await writeImageFile(join(data, "first.tif"), scene!.noisy);
  const first = readFileSync(join(data, "first.tif"));
  const pixel = first.length - 4 * SIDE;
  const names = Array.from({ length: count }, (_, i) => `stack${String(i).padStart(5, "0")}.tif`);
  const damaged = names.filter((_, i) => i % Math.max(7, Math.floor(count / 20)) === 5);
  for (const [i, name] of names.entries()) {
    const bytes = Buffer.from(first);
    // The same file but for one pixel: that is quick, and their results differ.
    bytes.writeUInt16LE(i, pixel);
    // Its directory, or its pixels, are missing.
    writeFileSync(
      join(data, name),
      damaged.includes(name) ? bytes.subarray(0, i % 2 ? 20 : bytes.length / 2) : bytes,
    );
  }
  return {
    names,
    damaged,
    async plan(out) {
      const files = names.map((name) => ({ file: join(data, name), folder: "" }));
      const parameters = { method: "gaussian" };
      const jobs = await planBatch({ methods, files, out: join(folder, out), parameters });
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
