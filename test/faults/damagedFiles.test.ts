// First, so that it sees what the others allocate.
import "./allocations.js";

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { counterRandom, InputError } from "@clidim/imaging";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import { largestAllocation } from "./allocations.js";
import { damagedFile, type Target, targets } from "./targets.js";

// `node scripts/test-faults.mjs` sets these; what stands here is what `npm test` runs.
const SEED = Number(process.env.CLIDIM_FAULTS_SEED ?? 20261128);
/** Of all together. */
const SECONDS = Number(process.env.CLIDIM_FAULTS_SECONDS ?? 0);
const CASES = 300;

/** Where files are kept that a reader failed at, and the one that is being read, of which nothing else would be left where the process dies. */
const kept =
  process.env.CLIDIM_FAULTS_FOLDER ??
  fileURLToPath(new URL("../../node_modules/.cache/faults", import.meta.url));

/** A file may make a reader ask for so many bytes, whatever its size. */
const FREE_BYTES = 2 ** 27;
/** So many milliseconds are enough for a small file, on a busy machine too. */
const LONGEST_MS = 20_000;

const folder = temporaryFolder();

/** What becomes of a damaged file: it is read or refused. Whatever else happens is said. */
async function outcomeOf(
  target: Target,
  path: string,
  bytes: Uint8Array,
): Promise<"read" | "refused" | Error> {
  const started = performance.now();
  const { outcome, bytes: most } = await largestAllocation(() => target.read(path, bytes));
  const took = performance.now() - started;
  if (took > LONGEST_MS) return new Error(`it took ${Math.round(took / 1000)} s`);
  const justified = Math.max(FREE_BYTES, target.ratio * bytes.length);
  if (most > justified)
    return new Error(`an array of ${most} bytes was asked for, ${justified} are justified`);
  if (outcome.status === "fulfilled") return "read";
  const { reason } = outcome;
  const known = reason instanceof InputError || target.refuses?.test((reason as Error).message);
  if (!known) return reason as Error; // whatever it is
  if (/\bNaN\b(?! )|\[object/.test((reason as Error).message)) {
    return new Error(`the sentence is ${JSON.stringify((reason as Error).message)}`);
  }
  return "refused";
}

describe("damaged files are read or refused with a sentence, in time and within memory", () => {
  test.each(targets)("$name", { timeout: 0 }, async (target) => {
    mkdirSync(kept, { recursive: true });
    const running = join(kept, `running-${target.name}-${SEED}.${target.ending}`);
    const path = join(folder, `damaged.${target.ending}`);
    const seeds = target.seeds();
    for (const seed of seeds.slice(-6)) {
      writeFileSync(path, seed);
      await target.read(path, seed);
    }
    const counts = { read: 0, refused: 0 };
    const end = performance.now() + SECONDS * 1000 * target.share;
    const first = Number(process.env.CLIDIM_FAULTS_CASE ?? 0);
    for (let i = first; i < first + CASES || performance.now() < end; i++) {
      const bytes = damagedFile(target, seeds, counterRandom(SEED, targets.indexOf(target), i));
      writeFileSync(path, bytes);
      if (SECONDS > 0) writeFileSync(running, bytes);
      const outcome = await outcomeOf(target, path, bytes);
      if (outcome instanceof Error) {
        const found = join(kept, `${target.name}-${SEED}-${i}.${target.ending}`);
        writeFileSync(found, bytes);
        throw new Error(`${target.name}, seed ${SEED}, case ${i} (kept as ${found}): ${outcome.message}`, {
          cause: outcome,
        });
      }
      counts[outcome]++;
    }
    rmSync(running, { force: true });
    if (SECONDS > 0) console.log(`${target.name}: ${counts.read} files were read, ${counts.refused} refused`);
    // Both happen, so that both are tried.
    expect(counts.refused).toBeGreaterThan(0);
  });
});
