import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseGpuOrProcessor, train } from "@clidim/denoise/node";

/** Updates that are not timed, and those of the run, of which it makes as many as there is time for. */
const [WARM_UP, MOST] = [20, 80];
/** Of a processor, after which a slow method has been timed for long enough. */
const ENOUGH_SECONDS = 15;

/** Of this process, with the device's threads where it runs on the processor. */
export const processorSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

// As on the command line.
chooseGpuOrProcessor();

/** What an update of a training takes of a processor, after the first updates, in which kernels are made. `options` as of `train`, without a folder. */
export async function secondsPerUpdate(options) {
  const out = await mkdtemp(join(tmpdir(), "seconds-per-update-"));
  const seen = [];
  const enough = new AbortController();
  const started = processorSeconds();
  try {
    await train(
      {
        ...options,
        overrides: { ...options.overrides, updates: MOST },
        validation: 0,
        force: true,
        out: join(out, "run"),
      },
      {
        signal: enough.signal,
        onProgress: ({ update }) => {
          const seconds = processorSeconds();
          if (update < WARM_UP && seconds - started < ENOUGH_SECONDS) return;
          seen.push({ update, seconds });
          if (seen.length > 2 && seconds - seen[0].seconds > ENOUGH_SECONDS) enough.abort();
        },
      },
    );
  } finally {
    await rm(out, { recursive: true });
  }
  const [first, last] = [seen[0], seen.at(-1)];
  return (last.seconds - first.seconds) / (last.update - first.update);
}
