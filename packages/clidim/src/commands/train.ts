import { readFile } from "node:fs/promises";
import { type ConfigurationFile, layerConfiguration } from "../config/configuration.js";
import { fileError } from "../files/fileError.js";
import { parseFileSpec } from "../files/fileSpec.js";
import { hashFile } from "../files/hashFile.js";
import { readScenes, type Scene } from "../files/pairing.js";
import { checkCropSize } from "../image/crops.js";
import { InputError } from "../image/inputError.js";
import type { Normalization } from "../image/normalization.js";
import { percentiles } from "../image/percentile.js";
import { importCheckpoint } from "../training/checkpoint.js";
import { initialTrainingState } from "../training/state.js";
import { adapterRecord } from "./adapter.js";
import { fitConfigured } from "./denoisePage.js";
import { checkSameRun, type DataFile, type Manifest, readManifest } from "./manifest.js";
import { MetricsLog } from "./metricsLog.js";
import { openDevice } from "./openDevice.js";
import { checkTrainingFolder, makeFolder, trainingFolder } from "./outputFolder.js";
import { packageVersion } from "./packageVersion.js";
import { type SceneSplit, splitScenes, trainingScene } from "./splitScenes.js";
import { type CheckpointInterval, type TrainHooks, TrainingRun, type TrainResult } from "./trainingRun.js";

export interface TrainOptions {
  /** Paths with optional page ranges. */
  readonly noisy: readonly string[];
  readonly clean: readonly string[] | "average";
  /** The folder for everything that the run writes. */
  readonly out: string;
  /** Default: what `overrides` or `file` name, else "laptop". */
  readonly preset?: string | undefined;
  /** Values of the configuration from a file, which go before the preset's. */
  readonly file?: ConfigurationFile | undefined;
  /** Values of the configuration that go before all others. */
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
  /** Whole number >= 0, default 0. The same seed gives the same model on the same adapter. */
  readonly seed?: number;
  /** The fraction of the scenes (or pages) to hold out, default 0.1; see `splitScenes`. */
  readonly validation?: number;
  /** Go on with the run in `out`. */
  readonly resume?: boolean;
  readonly checkpointEvery?: CheckpointInterval;
}

/**
 * Trains a denoiser and writes model.safetensors, checkpoint.safetensors, manifest.json, metrics.jsonl and preview.png to `out`, each one
 * beside its place and then renamed. A run that was stopped, by its signal or by force, goes on from its checkpoint with
 * `resume` and ends with the same weights as an uninterrupted one.
 *
 * `InputError`s, thrown before anything is written: files that cannot be used (see `readScenes`), a bad configuration, no adapter, an `out`
 * that holds something else, a resumption with other data or another configuration. Thrown later: no space, and losses that
 * are no numbers (the checkpoint is then the last good one).
 */
export async function train(options: TrainOptions, hooks: TrainHooks = {}): Promise<TrainResult> {
  const { seed = 0, validation: fraction = 0.1, resume = false, clean, noisy, out } = options;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new InputError(`--seed: expected a whole number of at least 0, got ${seed}`);
  }
  const { configuration } = layerConfiguration({
    preset: options.preset,
    file: options.file,
    flags: options.overrides,
  });
  await checkTrainingFolder(out, resume);
  const folder = trainingFolder(out);

  const scenes = await readScenes(noisy, clean);
  checkCropSize(scenes.map(trainingScene), configuration.crop);
  const split = splitScenes(scenes, fraction);
  const normalization = fitConfigured(
    split.training.flatMap((scene) => scene.noisy),
    configuration,
  );
  for (const warning of dataWarnings(scenes, split, normalization, fraction)) hooks.onWarning?.(warning);

  const device = await openDevice();
  const adapter = adapterRecord(device);
  const fresh: Manifest = {
    format: "clidim-training",
    formatVersion: 1,
    status: "running",
    versions: {
      clidim: packageVersion(import.meta.url),
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    },
    adapter,
    configuration,
    seed,
    data: {
      noisy: await hashAll(noisy),
      clean: clean === "average" ? clean : await hashAll(clean),
      validation: fraction,
      split: {
        kind: split.kind,
        training: split.training.map(({ name, noisy: pages }) => ({ name, pages: pages.length })),
        validation: split.validation.map(({ name }) => name),
      },
    },
    normalization,
    updates: { done: 0, total: configuration.updates },
    timings: {
      started: new Date().toISOString(),
      changed: new Date().toISOString(),
      seconds: 0,
      updatesPerSecond: null,
      sessions: 1,
    },
    validation: null,
  };

  let state = initialTrainingState(configuration, seed);
  let log = new MetricsLog(folder.metrics);
  let manifest = fresh;
  if (resume) {
    const before = await readManifest(folder.manifest);
    checkSameRun(out, before, fresh);
    const checkpoint = importCheckpoint(await read(folder.checkpoint), configuration, folder.checkpoint);
    const update = Number(checkpoint.extra.update);
    const seconds = Number(checkpoint.extra.seconds);
    if (!Number.isSafeInteger(update) || !Number.isFinite(seconds)) {
      throw new InputError(`${folder.checkpoint}: does not say after how many updates it was made`);
    }
    state = checkpoint.state;
    log = await MetricsLog.resume(folder.metrics, update);
    const { started, sessions } = before.timings;
    manifest = {
      ...fresh,
      updates: { ...fresh.updates, done: update },
      timings: { ...fresh.timings, started, seconds, sessions: sessions + 1 },
    };
    if (before.adapter.name !== adapter.name) {
      hooks.onWarning?.(
        `the run was started on ${before.adapter.name} and goes on on ${adapter.name}: it will not end with exactly the same weights`,
      );
    }
  }
  hooks.onStart?.({ configuration, adapter, split, normalization, update: manifest.updates.done });
  await makeFolder(out);

  const run = new TrainingRun(
    { configuration, seed, device, split, normalization, folder, hooks },
    state,
    log,
    manifest,
  );
  return run.toEnd(options.checkpointEvery);
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw fileError("read", path, error);
  }
}

async function hashAll(specs: readonly string[]): Promise<DataFile[]> {
  const files: DataFile[] = [];
  for (const name of specs) {
    const { bytes, sha256 } = await hashFile(parseFileSpec(name).path);
    files.push({ name, bytes, sha256 });
  }
  return files;
}

/** What the user should know of the data before minutes are spent on them. */
function* dataWarnings(
  scenes: readonly Scene[],
  { kind, training }: SceneSplit,
  normalization: Normalization,
  fraction: number,
): Generator<string> {
  if (kind === "none" && fraction > 0) {
    yield "there is one page only, so that nothing can be held out: there will be no validation figures";
  }
  if (kind === "captures") {
    yield `all noisy pages show one field of view (${scenes[0]?.name}): the validation figures say nothing about other fields`;
  }
  const { low, high, lowPercent, highPercent } = normalization;
  const [cleanLow, cleanHigh] = percentiles(
    training.flatMap(({ clean }) => clean),
    [lowPercent, highPercent],
  ) as [number, number]; // one value per percentage
  const margin = (high - low) / 4;
  if (cleanHigh > high + margin || cleanLow < low - margin) {
    yield `the clean images reach from ${cleanLow} to ${cleanHigh} (percentiles ${lowPercent} and ${highPercent}), the noisy ones from ` +
      `${low} to ${high}: both should be in the same grey values, or the brightest structures cannot be reproduced`;
  }
}
