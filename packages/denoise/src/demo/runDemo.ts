import { join } from "node:path";
import { displayRange, previewPng, type SimulatedScene, simulateScenes } from "@clidim/imaging";
import { atomicWrite, makeFolder, readStack, writeImageFile } from "@clidim/imaging/node";
import { type Evaluation, evaluateFiles } from "../evaluation/evaluateFiles.js";
import { denoiseFiles } from "../inference/denoiseFiles.js";
import type { DenoiseHooks } from "../inference/fileDenoiser.js";
import type { ClassicalMethod, TrainedMethod } from "../protocol/method.js";
import { methodRegistry } from "../protocol/registry.js";
import { clearDemoFolder, demoMarker } from "../training/outputFolder.js";
import { train } from "../training/train.js";
import type { TrainHooks } from "../training/trainHooks.js";
import type { TrainResult } from "../training/trainResult.js";

export interface DemoOptions {
  /** What is trained; the first preset of its keys. */
  readonly method: TrainedMethod;
  /** What the key `blend` of its configuration may name. */
  readonly classical: readonly ClassicalMethod[];
  /** What is compared with. */
  readonly baselines: readonly ClassicalMethod[];
  /** Default "demo". What an earlier demo left there is replaced; anything else is refused. */
  readonly out?: string;
  /** Values of the configuration that differ from the preset's. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly seed?: number;
  /** Side of the simulated images in pixels, default 300. */
  readonly size?: number;
  /** Fields of view, default 12; the last two are denoised and never trained on. At least 4. */
  readonly scenes?: number;
}

/** What is told while a demo runs. */
export interface DemoHooks extends TrainHooks {
  readonly onDenoised?: DenoiseHooks["onProgress"];
}

export interface DemoResult {
  readonly folder: string;
  /** Noisy, denoised and clean side by side. */
  readonly picture: string;
  readonly training: TrainResult;
  readonly evaluation: Evaluation;
}

const TEST_SCENES = 2;
const FRAMES = 4;
/** Enough for the simulated structures; a preset's own number is meant for real images. */
const UPDATES = 1500;

/**
 * Everything once, on simulated data with known truth: writes noisy and clean TIFFs, trains a method with its first preset for 1500 updates, denoises the fields of
 * view that were held back, evaluates, and draws before and after. Rejects with the signal's reason when it is aborted.
 */
export async function runDemo(options: DemoOptions, hooks: DemoHooks = {}): Promise<DemoResult> {
  const {
    method,
    classical,
    baselines,
    out = "demo",
    overrides,
    seed = 0,
    size = 300,
    scenes: count = 12,
  } = options;
  const { signal, onPhase } = hooks;
  await clearDemoFolder(out);
  const places = {
    noisy: join(out, "noisy"),
    clean: join(out, "clean"),
    model: join(out, "model"),
    denoised: join(out, "denoised"),
    picture: join(out, "before-after.png"),
  };
  onPhase?.(
    `Simulating ${count} fields of view of ${size} x ${size} pixels, ${FRAMES} noisy captures of each`,
  );
  for (const folder of [out, places.noisy, places.clean]) await makeFolder(folder);
  await atomicWrite(demoMarker(out), `${JSON.stringify({ seed, size, scenes: count })}\n`);
  const scenes = simulateScenes({ seed, size, scenes: count, frames: FRAMES });
  const noisy: string[] = [];
  const clean: string[] = [];
  for (const scene of scenes) {
    noisy.push(join(places.noisy, `${scene.name}.tif`));
    clean.push(join(places.clean, `${scene.name}.tif`));
    await writeImageFile(noisy.at(-1)!, scene.noisy);
    await writeImageFile(clean.at(-1)!, [scene.clean]);
    signal?.throwIfAborted();
  }

  const last = count - TEST_SCENES;
  onPhase?.(`Training on ${last} of them`);
  const training = await train(
    {
      ...{ method, classical },
      noisy: noisy.slice(0, last),
      clean: clean.slice(0, last),
      out: places.model,
      seed,
      overrides: { ...overrides, updates: overrides?.updates ?? UPDATES },
    },
    hooks,
  );
  signal?.throwIfAborted();

  onPhase?.(`Denoising the ${TEST_SCENES} fields that were not trained on`);
  await denoiseFiles(
    {
      methods: methodRegistry([method, ...classical]),
      model: places.model,
      out: places.denoised,
      files: noisy.slice(last),
    },
    {
      ...(signal && { signal }),
      ...(hooks.onWarning && { onWarning: hooks.onWarning }),
      ...(hooks.onDenoised && { onProgress: hooks.onDenoised }),
    },
  );
  const prediction = scenes.slice(last).map(({ name }) => join(places.denoised, `${name}.tif`));
  const evaluation = await evaluateFiles({
    prediction,
    clean: clean.slice(last),
    noisy: noisy.slice(last),
    baselines,
  });
  await drawPicture(places.picture, scenes[last]!, prediction[0]!);
  return { folder: out, picture: places.picture, training, evaluation };
}

async function drawPicture(
  path: string,
  { noisy, clean }: SimulatedScene,
  prediction: string,
): Promise<void> {
  const { pages } = await readStack(prediction);
  const panels = [{ page: noisy[0]! }, { page: pages[0]! }, { page: clean }];
  await atomicWrite(path, previewPng(panels, displayRange(clean)));
}
