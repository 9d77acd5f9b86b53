import { stat } from "node:fs/promises";
import process from "node:process";
import { InputError, type NoiseMeasurement, overlappingRegions } from "@clidim/imaging";
import { FolderLock, makeFolder, readNoiseMeasurement, readWholeFile } from "@clidim/imaging/node";
import { type ConfigurationFile, layerConfiguration } from "../configuration/configuration.js";
import { openCapturePairs } from "../data/capturePairs.js";
import { cropFeed } from "../data/cropFeed.js";
import { checkCropSize } from "../data/crops.js";
import { streamedConfigured } from "../data/fitConfigured.js";
import { checkOtherCaptures } from "../data/otherCaptures.js";
import { noiseBins, pageNoise } from "../data/pageNoise.js";
import { type CleanImages, type ImageAxes, openScenes, type Scene } from "../data/pairing.js";
import { checkCapturePairs } from "../data/pairs/checkCapturePairs.js";
import { checkPairs } from "../data/pairs/checkPairs.js";
import { checkStackCaptures } from "../data/pairs/checkStackCaptures.js";
import { preparedConfiguration } from "../data/preparedConfiguration.js";
import { prepareTraining } from "../data/prepareTraining.js";
import { trainingScene } from "../data/splitScenes.js";
import { StackFiles } from "../data/stackFiles.js";
import { openTestScenes, type TestFiles } from "../data/testScenes.js";
import { usedAxes } from "../data/usedAxes.js";
import { adapterRecord } from "../machine/adapter.js";
import { checkPrecision } from "../machine/checkPrecision.js";
import { openDevice } from "../machine/openDevice.js";
import { packageVersion } from "../machine/packageVersion.js";
import { watchCompilation } from "../machine/watchCompilation.js";
import { importModel } from "../model/modelFile.js";
import { type ClassicalMethod, methodId, type TrainedMethod } from "../protocol/method.js";
import { type MethodRegistry, methodRegistry } from "../protocol/registry.js";
import { blendedMethod } from "./blendedMethod.js";
import { importCheckpoint } from "./checkpoint.js";
import { dataWarnings } from "./dataWarnings.js";
import { earlierSessions } from "./earlierSessions.js";
import { readFluxSample } from "./fluxSample.js";
import { hashClean, hashFiles } from "./hashFiles.js";
import { type ConvertedUnits, checkSameRun, type Manifest, readManifest } from "./manifest.js";
import { MetricsLog } from "./metricsLog.js";
import { checkTrainingFolder, removeUnfinishedFiles, trainingFolder } from "./outputFolder.js";
import { toldByTruths } from "./toldByTruths.js";
import type { TrainHooks } from "./trainHooks.js";
import type { GuardedPast } from "./trainingGuard.js";
import type { KeptModel } from "./trainingPosition.js";
import { TrainingRun } from "./trainingRun.js";
import { initialTrainingState } from "./trainingState.js";
import type { CheckpointInterval, TrainResult } from "./trainResult.js";
import { validationCrops } from "./validation.js";

/** A file of several channels is refused unless one is chosen. */
export interface TrainOptions extends ImageAxes {
  readonly method: TrainedMethod;
  /** Paths with optional page ranges. */
  readonly noisy: readonly string[];
  /** Default "average": the mean of each noisy stack. Refused where the method is trained on noisy images alone. */
  readonly clean?: readonly string[] | "average" | undefined;
  /** Second captures of what `noisy` shows, file by file and page by page, for methods that are trained towards other captures. Default: the other pages of each noisy file. */
  readonly second?: readonly string[] | undefined;
  /** What `selection` "as-released" chooses on; refused with another. */
  readonly test?: TestFiles;
  /**
   * The methods without training that the key `blend` may name. Default: none, and a configuration that names one is trained to be applied without, which is said in a warning.
   */
  readonly classical?: readonly ClassicalMethod[];
  /** What the model is compared with at the end, on the validation crops; where these have clean images. */
  readonly baselines?: readonly ClassicalMethod[];
  /** A file of a `NoiseMeasurement`, for methods that learn with a model of the noise (`takesNoise`). Default: they make one from the training images. */
  readonly noise?: string | undefined;
  /** The folder for everything that the run writes. */
  readonly out: string;
  /** Default: what `overrides` or `file` name, else the method's first. */
  readonly preset?: string | undefined;
  /** Values of the configuration from a file, which go before the preset's. */
  readonly file?: ConfigurationFile | undefined;
  /** Values of the configuration that go before all others. */
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
  /** Whole number >= 0, default 0. The same seed gives the same model on the same adapter. */
  readonly seed?: number;
  /** Trains on pairs that do not belong together as well, see `checkPairs`. Default false. */
  readonly force?: boolean;
  /** The fraction of the scenes (or pages) to hold out, default 0.1; see `splitScenes`. */
  readonly validation?: number;
  /** Go on with the run in `out`. */
  readonly resume?: boolean;
  readonly checkpointEvery?: CheckpointInterval;
  /** Bytes of decoded pixels that are kept in memory, default 512 MiB. Beyond them pages are read anew each time, so that the images may be larger than memory. */
  readonly cacheBytes?: number;
  /** Bytes of pixels that may stay on the device, see `cropFeed`. */
  readonly residentBytes?: number;
}

/**
 * Trains a denoiser and writes model.safetensors, checkpoint.safetensors, manifest.json, metrics.jsonl and preview.png to `out`, each one
 * beside its place and then renamed. At the end the model that is kept is calibrated: its brightness on training images where the configuration asks for it (see `calibrateFlux`), what its results are a mean with on held-out images with clean ones (see `withBlend`), its uncertainty on held-out images with clean
 * ones where its passes differ (see `calibrateModel`); and it is compared with classical methods on the latter. A run that was stopped, by its signal or by force, goes on from its checkpoint with
 * `resume` and ends with the same weights as an uninterrupted one. One that is finished early (`finish` of the hooks) is calibrated and compared after the update at hand; with `resume` it trains on to its last update.
 *
 * `InputError`s, thrown before anything is written: files that cannot be used (see `openScenes`), pairs that do not belong together (see `checkPairs`), a bad configuration, no adapter, an `out`
 * that holds something else or that another training writes to (see `FolderLock`), a resumption with other data or another configuration. Thrown later: no space, and losses that
 * are no numbers (the checkpoint is then the last good one).
 */
export async function train(options: TrainOptions, hooks: TrainHooks = {}): Promise<TrainResult> {
  const files = new StackFiles(options.cacheBytes);
  const lock = new FolderLock(options.out, "training");
  try {
    return await trainOn(files, lock, options, hooks);
  } finally {
    await lock.release();
    await files.close();
  }
}

async function trainOn(
  files: StackFiles,
  lock: FolderLock,
  options: TrainOptions,
  hooks: TrainHooks,
): Promise<TrainResult> {
  const { method, seed = 0, validation: fraction = 0.1, resume = false, noisy, out } = options;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new InputError(`seed: expected a whole number of at least 0, got ${seed}`, { keys: ["seed"] });
  }
  const clean = cleanFor(method, options.clean);
  const second = secondFor(method, options.second);
  const measured = await noiseFor(method, options.noise);
  const { configuration: given } = layerConfiguration(method, {
    preset: options.preset,
    file: options.file,
    flags: options.overrides,
  });
  const blended = blendedMethod(given, options.classical, hooks);
  await checkTrainingFolder(out, resume);
  if (resume) await lock.take();
  const folder = trainingFolder(out);

  const { channel, z, t, nodata, captures } = options;
  const wanted = { channel, z, t, nodata, captures };
  const opened = second
    ? await openCapturePairs(noisy, second, files, wanted, hooks.onWarning)
    : await openScenes(noisy, clean, files, wanted, hooks.onWarning);
  const axes = usedAxes(wanted, opened);
  const { onWarning, signal } = hooks;
  const checks = { force: options.force ?? false, ...(onWarning && { onWarning }), signal };
  const paired = await checkPairs(opened, checks);
  if (second) await checkCapturePairs(opened, checks);
  else if (method.target === "capture") await checkStackCaptures(opened, checks);
  const units = convertedUnits(paired);
  // The axis of a page and its second capture is the program's own.
  const along = second ? undefined : captures;
  const scenes = paired.map((scene) => trainingScene(scene, along));
  const chosenOn = given.selection === "as-released" ? options.test : undefined;
  if (given.selection === "as-released" && !chosenOn) {
    throw new InputError(
      "selection as-released keeps the model that is best on the test set; name the test set, or choose selection validation or last",
      { keys: ["testNoisy", "testClean", "selection"] },
    );
  }
  if (options.test && !chosenOn) {
    throw new InputError(
      `a test set is named, but selection ${given.selection} does not look at one; leave it out, or choose selection as-released`,
      { keys: ["testNoisy", "selection"] },
    );
  }
  const overlapping = overlappingRegions(chosenOn?.regions ?? []);
  if (overlapping) {
    throw new InputError(
      `test regions: expected parts that do not overlap, unlike ${overlapping.join(" and ")}; pixels in both would count twice`,
      { keys: ["testRegions"] },
    );
  }
  const test = chosenOn ? await openTestScenes(chosenOn, files, wanted, checks) : [];
  const trained = { target: method.target, capture: method.members(given).capture, test };
  const split = await toldByTruths(prepareTraining(scenes, given, fraction, files.cache, trained));
  checkCropSize(split.training, given.crop, (side) => method.cropFor(given, side));
  checkOtherCaptures(method, given, opened, split, along);
  const normalization = await streamedConfigured(
    split.training.flatMap((scene) => scene.noisy),
    given,
  );
  const before = resume ? await readManifest(folder.manifest, method) : undefined;
  const prepared = await preparedConfiguration(
    method,
    given,
    { scenes: split.training, normalization, ...(measured && { noise: measured }) },
    hooks.onWarning,
  );
  const configuration = (before && method.resumed?.(before.configuration, prepared)) ?? prepared;
  // Refused before anything is written.
  const { levels } = method.members(configuration);
  const noise = levels && (await pageNoise(split.training, normalization));
  if (levels && noise) noiseBins(noise, levels);
  for await (const warning of dataWarnings(scenes, split, normalization, configuration, fraction)) {
    hooks.onWarning?.(warning);
  }

  const crops = await validationCrops(split, configuration);
  const flux = configuration.calibrateFlux ? await readFluxSample(split.training, configuration) : undefined;

  const device = await openDevice();
  await checkPrecision(device, configuration);
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
    method: methodId(method),
    configuration,
    seed,
    data: {
      noisy: await hashFiles(noisy),
      clean: await hashClean(clean),
      ...(second && { second: await hashFiles(second) }),
      ...(axes && { axes }),
      ...(units.length > 0 && { units }),
      ...(chosenOn && {
        test: {
          noisy: await hashFiles(chosenOn.noisy),
          clean: await hashClean(chosenOn.clean ?? "average"),
          regions: chosenOn.regions ?? [],
        },
      }),
      validation: fraction,
      split: {
        kind: split.kind,
        training: split.training.map(({ name, noisy: pages }) => ({ name, pages: pages.length })),
        validation: split.validation.map(({ name }) => name),
      },
    },
    normalization,
    updates: { done: 0, total: configuration.updates },
    kept: 0,
    timings: {
      started: new Date().toISOString(),
      changed: new Date().toISOString(),
      seconds: 0,
      updatesPerSecond: null,
      sessions: 1,
    },
    validation: null,
  };

  let kept: KeptModel | undefined;
  let guarded: GuardedPast | undefined;
  let state = initialTrainingState(method, configuration, seed);
  let log = new MetricsLog(folder.metrics);
  let manifest = fresh;
  if (before) {
    checkSameRun(out, before, fresh);
    let [update, seconds] = [0, 0];
    // A run that was killed while it made its first checkpoint starts anew.
    if (before.updates.done > 0 || (await isThere(folder.checkpoint))) {
      const checkpoint = importCheckpoint(
        await readWholeFile(folder.checkpoint),
        method,
        configuration,
        folder.checkpoint,
      );
      update = Number(checkpoint.extra.update);
      seconds = Number(checkpoint.extra.seconds);
      if (!(Number.isSafeInteger(update) && update >= 0 && Number.isFinite(seconds) && seconds >= 0)) {
        throw new InputError(`${folder.checkpoint}: does not say after how many updates it was made`);
      }
      if (update > configuration.updates) {
        throw new InputError(
          `${folder.checkpoint}: says that it was made after update ${update}, expected at most ${configuration.updates}, the updates of the run; it is damaged`,
        );
      }
      state = checkpoint.state;
      log = await MetricsLog.resume(folder.metrics, update);
      const { best } = log.validation();
      guarded = {
        best: best && checkpoint.best ? { figures: best, networks: checkpoint.best } : undefined,
        stepsBack: log.stepsBack(),
      };
      if (configuration.selection !== "last" || configuration.guard)
        kept = await keptModel(folder.model, methodRegistry([method]), log);
    }
    const { started, sessions } = before.timings;
    const { warnings, ...past } = earlierSessions(before, fresh);
    manifest = {
      ...{ ...fresh, ...past },
      updates: { ...fresh.updates, done: update },
      kept: before.kept,
      timings: { ...fresh.timings, started, seconds, sessions: sessions + 1 },
    };
    for (const sentence of warnings) hooks.onWarning?.(sentence);
  }
  hooks.onStart?.({
    method,
    configuration,
    shown: method.shown(configuration),
    adapter,
    split,
    normalization,
    ...(axes && { axes }),
    update: manifest.updates.done,
  });

  const { residentBytes } = options;
  const feed = await cropFeed(split.training, {
    ...{ method, configuration, normalization, seed, device },
    ...(noise && { noise }),
    ...(residentBytes !== undefined && { residentBytes }),
  });
  // All pages are on the device, and those held out that are looked at were read.
  if (feed.resident) await files.close();

  const run = new TrainingRun(
    {
      ...{ method, configuration, seed, device, feed, crops, split, normalization, folder, hooks },
      baselines: options.baselines ?? [],
      ...(blended && { blended }),
      ...(flux && { flux }),
    },
    { state, log, manifest, kept, guarded },
  );
  await run.checkValidation();
  await makeFolder(out);
  await lock.take();
  // Another run may have begun there meanwhile.
  await checkTrainingFolder(out, resume);
  await removeUnfinishedFiles(folder);
  const unwatch = watchCompilation(device, hooks.onCompile);
  try {
    return await run.toEnd(options.checkpointEvery);
  } finally {
    unwatch();
  }
}

/** What the manifest says of clean pages in other units. */
function convertedUnits(scenes: readonly Scene[]): ConvertedUnits[] {
  return scenes.flatMap(({ name, cleanNames = [], units = [] }) =>
    units.map(({ scale, offset }, page) => ({
      ...{ noisy: name, clean: cleanNames[page] ?? `clean page ${page} of ${name}` },
      ...{ scale, offset },
    })),
  );
}

/** Where clean images come from, as the method needs them. */
function cleanFor({ name, target }: TrainedMethod, clean: TrainOptions["clean"]): CleanImages<string> {
  if (target === "clean") return clean ?? "average";
  if (clean === undefined) return "none";
  throw new InputError(`${name} is trained on noisy images alone; leave out the clean ones`, {
    keys: ["clean"],
  });
}

/** Second captures, where the method is trained towards them. */
function secondFor({ title, target }: TrainedMethod, second: TrainOptions["second"]): TrainOptions["second"] {
  if (second === undefined || target === "capture") return second;
  throw new InputError(`${title} is not trained towards other captures; leave out the second ones`, {
    keys: ["second"],
  });
}

/** A measured model of the noise, where the method learns with one. */
async function noiseFor(
  { title, takesNoise }: TrainedMethod,
  file: string | undefined,
): Promise<NoiseMeasurement | undefined> {
  if (file === undefined) return undefined;
  if (takesNoise) return readNoiseMeasurement(file);
  throw new InputError(`${title} learns without a model of the noise; leave it out`, { keys: ["noise"] });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * The model in the folder with its validation figures, to be replaced by a better one only. It may be later than the checkpoint, as it is written before that; the log is written before both.
 */
async function keptModel(
  path: string,
  methods: MethodRegistry,
  log: MetricsLog,
): Promise<KeptModel | undefined> {
  const bytes = await readWholeFile(path);
  const { updates } = importModel(bytes, methods, path).provenance;
  const figures = log.figuresAt(Number(updates)) ?? log.figuresAhead(Number(updates));
  return figures && { figures, bytes };
}
