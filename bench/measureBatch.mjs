import { fork } from "node:child_process";
import { mkdirSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MOST_WORKERS = 4;
const program = fileURLToPath(new URL("../packages/cli/bin/clidim.js", import.meta.url));

/**
 * Megapixels per second and worker of `clidim batch run` with 1 to 4 workers, as ratios to one worker of the same round. All workers have as many files, of some seconds each where they are not quick; what
 * counts is the time from the first file of each to the last of all, so that no start of a process is in it. With more workers than cores they share them: `cores` is how many each may have.
 */
export async function measureBatch({ folder, quick, rounds }) {
  // Only here, as a bundle for GPUs has no batches.
  const [{ planBatch, runLocal, servingEnvironment }, { methods }] = await Promise.all([
    import("@clidim/batch"),
    import("@clidim/methods"),
  ]);
  const [size, pages, each] = quick ? [512, 2, 3] : [2048, 8, 4];
  const files = await stacks(join(folder, "stacks"), { count: MOST_WORKERS * each, size, pages });
  const startWorker = () =>
    fork(program, ["worker"], {
      ...{ stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: [] },
      env: { ...process.env, ...servingEnvironment() },
    });
  const rates = Array.from({ length: MOST_WORKERS }, () => []);
  const loads = [];
  for (let round = 0; round < rounds; round++) {
    loads.push(loadavg()[0]);
    for (let workers = 1; workers <= MOST_WORKERS; workers++) {
      const jobs = await planBatch({
        ...{ methods, files: files.slice(0, workers * each), parameters: { method: "gaussian" } },
        out: join(folder, `results-${round}-${workers}`),
      });
      const times = [];
      const began = performance.now();
      await runLocal(
        {
          jobs: jobs.map((job) => ({ job, failures: 0 })),
          workers: { count: workers, adapters: [undefined] },
          startWorker,
          retries: { attempts: 1, backoff: 1 },
        },
        {
          onOutcome: ({ output }, { status, error }) => {
            if (status !== "done") throw new Error(`${output}: ${error}`);
            times.push((performance.now() - began) / 1000);
          },
        },
      );
      const seconds = times.at(-1) - times[workers - 1];
      rates[workers - 1].push(((times.length - workers) * pages * size ** 2) / 1e6 / seconds / workers);
    }
  }
  const cores = availableParallelism();
  return rates.map((own, i) => ({
    workers: i + 1,
    cores: Math.min(1, cores / (i + 1)),
    megapixelsPerSecond: median(own),
    ratio: median(own.map((rate, round) => rate / rates[0][round])),
    ...{ stacks: (i + 1) * each, size, pages, loads },
  }));
}

/** Files that are alike but for a pixel, as a plan takes them. */
async function stacks(folder, { count, size, pages }) {
  const { simulateScenes } = await import("@clidim/imaging");
  const { writeImageFile } = await import("@clidim/imaging/node");
  mkdirSync(folder, { recursive: true });
  const [{ noisy }] = simulateScenes({ size: 512, scenes: 1, frames: pages });
  const tiled = noisy.map((page) => tile(page, size));
  const files = Array.from({ length: count }, (_, i) => ({ file: join(folder, `${i}.tif`), folder: "" }));
  for (const [i, { file }] of files.entries()) {
    await writeImageFile(
      file,
      tiled.map((page) => ({ ...page, data: page.data.with(0, i) })),
    );
  }
  return files;
}

/** A page side by side with itself. */
function tile(page, size) {
  const data = new page.data.constructor(size * size);
  for (let i = 0; i < data.length; i++) {
    const [y, x] = [Math.floor(i / size) % page.height, (i % size) % page.width];
    data[i] = page.data[y * page.width + x];
  }
  return { ...page, width: size, height: size, data };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
