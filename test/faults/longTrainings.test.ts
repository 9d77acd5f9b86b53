import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { counterRandom } from "@clidim/imaging";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type TinyData,
  tensorsOf,
  tiny,
  writeTinyData,
} from "../../packages/denoise/test/training/tinyData.js";

// `node scripts/test-faults.mjs` sets these. What `npm test` has of it stands in packages/denoise/test/training/killedRun.test.ts and packages/cli/test/bin.test.ts.
const SEED = Number(process.env.CLIDIM_FAULTS_SEED ?? 20261128);
const SECONDS = Number(process.env.CLIDIM_FAULTS_SECONDS ?? 0);

const program = fileURLToPath(new URL("./trainOnce.mjs", import.meta.url));
const folder = temporaryFolder();

/** The memory that a process has may grow by so much between a quarter of a training and its end. */
const GROWTH_BYTES = 2 ** 26;

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  /** Updates, and the bytes of memory then. */
  readonly seen: readonly (readonly [update: number, bytes: number])[];
  readonly err: string;
  readonly ms: number;
}

/** Trains into a folder, from where it is to its end or until it is killed. */
function trainOnce(data: TinyData, out: string, updates: number, killAfterMs?: number): Promise<Ended> {
  const options = {
    ...{ ...data, out, seed: 5, overrides: { ...tiny, updates } },
    ...{ checkpointEvery: { updates: 3 }, resume: existsSync(join(out, "manifest.json")) },
  };
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [program, JSON.stringify(options)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    let [text, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      err += part;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const seen = [...text.matchAll(/^(\d+) (\d+)$/gm)].map(
        ([, update, bytes]) => [Number(update), Number(bytes)] as const,
      );
      resolve({ code, signal, seen, err, ms: performance.now() - started });
    });
  });
}

describe.runIf(SECONDS > 0)("long trainings", () => {
  let data: TinyData;
  beforeAll(async () => {
    data = await writeTinyData(join(folder, "data"));
  });

  test("killed at random instants, they end the same, bit by bit", { timeout: 0 }, async () => {
    const updates = 40;
    const whole = join(folder, "whole");
    const { code, ms, err } = await trainOnce(data, whole, updates);
    expect(code, err).toBe(0);
    const end = performance.now() + SECONDS * 1000;
    let [runs, kills] = [0, 0];
    do {
      const out = join(folder, `killed${runs}`);
      const random = counterRandom(SEED, runs);
      for (let left = 3; ; left--) {
        const after = left > 0 ? random.integer(Math.ceil(ms)) : undefined;
        const ended = await trainOnce(data, out, updates, after);
        if (ended.code === 0) break;
        expect(ended.signal, `seed ${SEED}, run ${runs}: ${ended.err}`).toBe("SIGKILL");
        kills++;
      }
      for (const name of ["checkpoint.safetensors", "model.safetensors"]) {
        const [got, expected] = [out, whole].map((path) => tensorsOf(join(path, name)));
        expect(got, `seed ${SEED}, run ${runs}`).toEqual(expected);
      }
      expect(readdirSync(out)).toEqual(readdirSync(whole));
      runs++;
    } while (performance.now() < end);
    console.log(`${kills} kills of ${runs} trainings`);
    expect(kills).toBeGreaterThan(0);
  });

  test("of thousands of updates, they need no more memory with time", { timeout: 0 }, async () => {
    const updates = Math.min(4000, 10 * SECONDS);
    const { code, seen, err } = await trainOnce(data, join(folder, "long"), updates);
    expect(code, err).toBe(0);
    const quarter = seen.find(([update]) => update >= updates / 4)!; // the last one is
    const last = seen.at(-1)!; // as above
    console.log(`${updates} updates: ${quarter[1]} bytes after ${quarter[0]}, ${last[1]} at the end`);
    expect(last[1] - quarter[1]).toBeLessThan(GROWTH_BYTES);
  });
});
