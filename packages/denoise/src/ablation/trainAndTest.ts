import { join } from "node:path";
import type { Plane } from "@clidim/imaging";
import { castImage, missingPixels } from "@clidim/imaging";
import { makeFolder, writeImageFile } from "@clidim/imaging/node";
import { normalizationOf } from "../data/fitConfigured.js";
import { appliedBlend, blendedPage } from "../inference/blend.js";
import { denoisePage } from "../inference/denoisePage.js";
import { modelDenoiser } from "../inference/modelDenoiser.js";
import { openDevice } from "../machine/openDevice.js";
import { firstMethod } from "../model/describedSafetensors.js";
import { loadModel } from "../model/loadModel.js";
import { isPlain } from "../protocol/configurationSpace.js";
import { methodId } from "../protocol/method.js";
import type { MethodRegistry } from "../protocol/registry.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { Divergence } from "../training/divergence.js";
import { HopelessTraining } from "../training/hopelessTraining.js";
import { type Manifest, OtherRun, readManifest } from "../training/manifest.js";
import { prepareResumption, trainingFolder } from "../training/outputFolder.js";
import { train } from "../training/train.js";
import type { TrainHooks } from "../training/trainHooks.js";
import { axesOf, selectionOf } from "./ablationFile.js";
import { MemoryWatch } from "./cost.js";
import type { DataSetFiles } from "./dataFiles.js";
import type { AblationRun } from "./grid.js";
import { measure } from "./measure.js";
import { madeFromOther, type RunResult, readResult, runResult, writeResult } from "./results.js";
import { fileIn, filesIn, type TestPage, type TestPages } from "./testPages.js";

/** The files of a run beside those of its training. */
export const resultPath = (folder: string): string => join(folder, "result.json");
export const shownPath = (folder: string): string => join(folder, "shown.tif");

/** Everything that bears on a run. */
function requestOf(
  { data, seed, validation, method, configuration }: AblationRun,
  { noise, ...files }: DataSetFiles,
): unknown {
  const { train: training, test, peak } = data;
  // Results of a time when there was no other method do not name theirs.
  const id = methodId(method);
  return {
    ...(id !== firstMethod && { method: id }),
    ...(method.takesNoise && noise && { noise }),
    training,
    test,
    ...selectionOf(data),
    peak,
    seed,
    validation,
    settings: settingsOf(configuration),
    files,
  };
}

function settingsOf(configuration: RunConfiguration): unknown {
  const { notes: _aboutPreset, blend = "none", ...others } = configuration;
  // Results of a time when there was no such mean do not speak of it.
  return { ...others, ...(blend !== "none" && { blend }) };
}

/** A request of before with what its method's schema makes of its settings: new keys have the values there that they stand for in files of before. */
function requestNow({ method }: AblationRun, stored: unknown): unknown {
  if (!isPlain(stored) || !isPlain(stored.settings)) return stored;
  const { success, data } = method.space.schema.safeParse({ notes: [], ...stored.settings });
  return success ? { ...stored, settings: settingsOf(data) } : stored;
}

/** The result of a run that was done earlier, see `readResult`. */
export async function earlierResult(
  run: AblationRun,
  files: DataSetFiles,
  out: string,
): Promise<RunResult | undefined> {
  return readResult(resultPath(join(out, run.folder)), runResult, requestOf(run, files), (stored) =>
    requestNow(run, stored),
  );
}

export interface RunHooks extends TrainHooks {
  /** How many test pages are denoised, in parts. */
  readonly onTest?: (pages: number, total: number) => void;
}

/**
 * Trains a run, from its checkpoint where it has one, tests the model that was kept, and writes result.json and shown.tif beside the model. Undefined where the signal stopped
 * it. A training that diverges or is hopeless for good is a result too, and so is a test page whose result is no number.
 */
export async function trainAndTest(
  run: AblationRun,
  hashed: DataSetFiles,
  places: Places,
  readTestPages: () => Promise<TestPages>,
  hooks: RunHooks,
): Promise<RunResult | undefined> {
  const memory = new MemoryWatch(await openDevice());
  try {
    return await watchedRun(run, hashed, places, readTestPages, hooks, memory);
  } finally {
    memory.stop();
  }
}

interface Places {
  readonly out: string;
  readonly data: string;
  /** Those that there are: what models are a mean with is among them. */
  readonly methods: MethodRegistry;
}

async function watchedRun(
  run: AblationRun,
  hashed: DataSetFiles,
  places: Places,
  readTestPages: () => Promise<TestPages>,
  hooks: RunHooks,
  memory: MemoryWatch,
): Promise<RunResult | undefined> {
  const folder = join(places.out, run.folder);
  const { data, validation, seed, method, configuration } = run;
  const files = (images: {
    readonly noisy: readonly string[];
    readonly clean: "average" | readonly string[];
  }) => ({
    noisy: filesIn(places.data, images.noisy),
    clean: filesIn(places.data, images.clean),
  });
  const training = files(data.train);
  await makeFolder(folder);
  const resume = await prepareResumption(folder);
  let failure: string | undefined;
  try {
    const { completed } = await train(
      {
        method,
        noisy: training.noisy,
        ...axesOf(data),
        ...(method.target === "clean" && { clean: training.clean }),
        ...(method.target === "capture" &&
          data.train.second && { second: filesIn(places.data, data.train.second) }),
        ...(method.takesNoise && data.noise !== undefined && { noise: fileIn(places.data, data.noise) }),
        ...(configuration.selection === "as-released" && {
          test: { ...files(data.test), regions: data.test.regions },
        }),
        classical: places.methods.classical,
        out: folder,
        overrides: configuration,
        seed,
        validation,
        resume,
        // The pairs were checked before the first run.
        force: true,
      },
      hooks,
    );
    if (!completed) return undefined;
  } catch (error) {
    if (error instanceof OtherRun) {
      const what = `settings or images than there are now (${error.differences.join("; ")})`;
      throw madeFromOther(folder, what, { cause: error });
    }
    if (!(error instanceof Divergence || error instanceof HopelessTraining)) throw error;
    failure = error.message;
  }
  const {
    kept,
    updates,
    timings,
    adapter,
    data: used,
    validation: figures,
  } = await readManifest(trainingFolder(folder).manifest, method);
  const chosen = configuration.selection === "last" ? figures?.last : figures?.best;
  const summary = {
    updates: updates.done,
    kept,
    seconds: timings.seconds,
    adapter: adapter.name,
    ...pagesOf(used.split, configuration),
    validation:
      figures?.noisy && chosen && "psnr" in chosen ? { psnr: chosen.psnr, noisy: figures.noisy.psnr } : null,
  };
  const result = {
    format: "clidim-ablation-run",
    formatVersion: 1,
    request: requestOf(run, hashed),
    training: summary,
  } as const;
  if (failure !== undefined) {
    const failed = { ...result, test: null, failure };
    await writeResult(resultPath(folder), failed);
    return failed;
  }
  const test = await readTestPages();
  const start = performance.now();
  const predictions = await denoiseTest(places.methods, folder, test.pages, hooks);
  const testSeconds = (performance.now() - start) / 1000;
  // Before it was stopped, others may have looked at more.
  const cost = { testSeconds, ...(!resume && memory.stop()) };
  const wrong = predictions.findIndex((page) => missingPixels(page) !== undefined);
  if (wrong >= 0) {
    const what = `the result of ${test.pages[wrong]!.name} holds what is no number: its grey values may be too far from those of the training, or the device at fault`;
    const failed = { ...result, test: null, failure: what, cost };
    await writeResult(resultPath(folder), failed);
    return failed;
  }
  await writeImageFile(shownPath(folder), [castImage(predictions[test.shown]!, "float32")]);
  const tested = { ...result, test: measure(predictions, test), cost };
  await writeResult(resultPath(folder), tested);
  return tested;
}

/** How many pages are trained on and held out. The split of a manifest lists each region of a page. */
export function pagesOf(
  { kind, training, validation }: Manifest["data"]["split"],
  { regions }: Pick<RunConfiguration, "regions">,
): { readonly pages: number; readonly held: number } {
  const parts = Math.max(1, regions.length);
  const listed = training.reduce((sum, { pages }) => sum + pages, 0);
  return { pages: listed / parts, held: kind === "test" ? 0 : validation.length / parts };
}

/** The test pages denoised with the model in a folder, in float. */
async function denoiseTest(
  methods: MethodRegistry,
  folder: string,
  pages: readonly TestPage[],
  { signal, onTest }: Pick<RunHooks, "signal" | "onTest">,
): Promise<Plane[]> {
  const model = await loadModel(folder, methods);
  const blend = appliedBlend(model, methods);
  const { configuration, normalization } = model;
  const denoise = modelDenoiser(model);
  const predictions: Plane[] = [];
  const tell = (done: number): void => {
    signal?.throwIfAborted();
    onTest?.(done, pages.length);
  };
  for (const [i, { noisy }] of pages.entries()) {
    tell(i);
    const map = normalizationOf(noisy, configuration, normalization);
    const network = await denoisePage(denoise, noisy, map, configuration, {
      onTile: (done, total) => tell(i + done / total),
    });
    predictions.push(blend ? await blendedPage(network, noisy, blend) : network);
  }
  return predictions;
}
