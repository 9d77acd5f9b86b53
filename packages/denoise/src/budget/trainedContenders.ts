import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evenlySpread, fileSpecText, InputError } from "@clidim/imaging";
import { entriesOf } from "@clidim/imaging/node";
import { layerConfiguration } from "../configuration/configuration.js";
import { type ImageAxes, openScenes, type Scene } from "../data/pairing.js";
import { heldStrip, trainingScene } from "../data/splitScenes.js";
import { StackFiles } from "../data/stackFiles.js";
import { canDoWithout } from "../inference/canDoWithout.js";
import type { ClassicalCosts, Contender, ContenderSource } from "../inference/contender.js";
import type { DenoiseHooks } from "../inference/fileDenoiser.js";
import type { PlannedFile } from "../inference/planFiles.js";
import { loadModelInFile } from "../model/loadModel.js";
import type { SuitedTraining, TrainedMethod } from "../protocol/method.js";
import type { MethodRegistry } from "../protocol/registry.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { type TrainOptions, train } from "../training/train.js";
import type { TrainResult } from "../training/trainResult.js";
import { endingAt } from "./endingAt.js";
import { paceOf } from "./paceOf.js";
import {
  type DenoisingWork,
  networkPixelSeconds,
  secondsText,
  secondsToDenoise,
  type TrainingPace,
  updatesWithin,
} from "./timePlan.js";
import { MOST_FILES, type TrainingGroup, trainingGroups } from "./trainingGroups.js";
import type { DenoiseFilesWithinHooks } from "./withinHooks.js";

interface Options {
  readonly methods: MethodRegistry;
  readonly out: string;
  /** A file of a measured noise model. */
  readonly noise?: string | undefined;
  readonly seed: number;
  /** Seconds. */
  readonly budget: number;
  /** When everything is to be done, by `performance.now()`. */
  readonly end: number;
}

interface Hooks extends Pick<DenoiseFilesWithinHooks, "training" | "onTraining" | "trainingSignal"> {
  /** Told the folder of each model. */
  readonly onModel: (folder: string) => void;
}

/** Of each page at least this part is held out, and so many pixels, but no more than a third. */
const HELD = 1 / 8;
const HELD_PIXELS = 32;
const MOST_HELD = 1 / 3;
/** With less, nothing is tried, seconds. */
const LEAST_SECONDS = 5;

const secondsUntil = (time: number): number => (time - performance.now()) / 1000;

/** Trains a model on the files for each of their channels, in the time that there is, see `denoiseFilesWithin`. */
export const trainedContenders =
  (options: Options, hooks: Hooks): ContenderSource =>
  async (files, costs, denoiseHooks) => {
    const found = new Map<string, Contender | string>();
    const groups = trainingGroups(files);
    const work = {
      images: groups.reduce((sum, group) => sum + group.files.length, 0),
      pixels: files.reduce((sum, { pixels }) => sum + pixels, 0),
    };
    const known = await costs();
    for (const [i, group] of groups.entries()) {
      const several = groups.length > 1;
      found.set(
        group.channel,
        known
          ? await trainedOrNot(group, { work, costs: known, left: groups.length - i, several }, options, {
              ...hooks,
              denoising: denoiseHooks,
            })
          : "no image can be denoised",
      );
    }
    return { of: (channel) => found.get(channel) ?? "the channel is in none of the images" };
  };

interface Circumstances {
  readonly work: DenoisingWork;
  readonly costs: ClassicalCosts;
  /** Trainings that are still to be made. */
  readonly left: number;
  readonly several: boolean;
}

type AllHooks = Hooks & { readonly denoising: DenoiseHooks };

/** The contender, or why there is none. */
async function trainedOrNot(
  group: TrainingGroup,
  circumstances: Circumstances,
  options: Options,
  hooks: AllHooks,
): Promise<Contender | string> {
  const { signal } = hooks.denoising;
  hooks.onTraining?.(true);
  try {
    return await trainedContender(group, circumstances, options, hooks);
  } catch (error) {
    signal?.throwIfAborted();
    // Methods without training need no device; but one that is lost ends the command, as everywhere.
    if (!(error instanceof InputError || canDoWithout(error, false))) throw error;
    return `it cannot be: ${error.message}`;
  } finally {
    hooks.onTraining?.(false);
  }
}

async function trainedContender(
  group: TrainingGroup,
  { work, costs, left, several }: Circumstances,
  options: Options,
  hooks: AllHooks,
): Promise<Contender | string> {
  const { methods, out, noise, seed, budget, end } = options;
  const { signal, onPhase, onWarning } = hooks.denoising;
  const share = (networkPixel?: number): number =>
    (secondsUntil(end) - secondsToDenoise(work, costs, networkPixel)) / left;
  const short = (why = ""): string =>
    `the ${secondsText(budget)} of the budget leave no time for one: to choose and to denoise takes about ${Math.ceil(secondsToDenoise(work, costs))} s${why}`;
  if (share() < LEAST_SECONDS) return short();
  const fraction = heldFraction(group);
  if (fraction === undefined) {
    return `pages are too small to hold a part of them out (at least ${Math.ceil(HELD_PIXELS / MOST_HELD)} pixels are needed)`;
  }
  const chosen = evenlySpread(Math.min(MOST_FILES, group.files.length), group.files.length).map(
    (at) => group.files[at]!,
  );
  const images: ImageAxes = {
    ...chosen[0]!.planes,
    ...(group.selection !== undefined && { channel: group.selection }),
  };
  const suited = await suitedMethod(methods, chosen, images);
  if (typeof suited === "string") return suited;
  const { method, training, usable } = suited;
  const side = Math.min(
    ...group.files.map((file) => {
      const { rest } = heldStrip(file, fraction);
      return Math.min(rest.width, rest.height);
    }),
  );
  const changes = fittingChanges(method, training, side);
  if (!changes) return `pages of ${side} pixels, beside what is held out, are too small for ${method.title}`;
  const common: Omit<TrainOptions, "out"> = {
    ...{ method, noisy: usable, seed, ...images, validation: fraction, overrides: changes },
    ...(method.takesNoise && noise !== undefined && { noise }),
  };
  const stop = [signal, hooks.trainingSignal].filter((one) => one !== undefined);
  onPhase?.(
    `${method.title} is trained on the images, as ${training.reason}: measuring how long an update takes`,
  );
  const limit = performance.now() + (1000 * share()) / 3;
  const pace = await inTemporaryFolder((folder) => paceOf({ ...common, out: folder }, limit, stop));
  signal?.throwIfAborted();
  if (hooks.trainingSignal?.aborted) return "it was stopped before it had begun";
  const { configuration } = layerConfiguration(method, { flags: changes });
  const { leastUpdates, mostUpdates } = method.selfTraining!; // as it suits
  const updates = Math.min(mostUpdates, pace ? plannedUpdates(pace, configuration, share) : 0);
  if (updates < leastUpdates) {
    return short(
      pace
        ? `, and in what is left ${updates} updates can be made, where at least ${leastUpdates} are needed`
        : ", and a third of what is left is not enough for the first updates",
    );
  }
  const start = performance.now();
  const ending = endingAt(start + 1000 * share(pace && networkPixelSeconds(pace, configuration)), stop);
  const folder = await freeFolder(join(out, several ? `model-${safe(group.channel)}` : "model"));
  let result: TrainResult;
  try {
    result = await train(
      { ...common, out: folder, overrides: { ...changes, updates } },
      {
        ...hooks.training,
        onWarning: hooks.training?.onWarning ?? ((text) => onWarning?.(text)),
        signal: ending.signal,
      },
    );
  } finally {
    ending.clear();
  }
  signal?.throwIfAborted();
  const { done } = result.manifest.updates;
  if (done === 0) return "it was stopped before its first update";
  hooks.onModel(folder);
  const loaded = await loadModelInFile(folder, methods);
  const along = method.noiseAxis?.(loaded.model.configuration);
  return {
    ...loaded,
    words: `${method.title}, trained on ${work.images === 1 ? "this image" : "these images"} (${done} ${done === 1 ? "update" : "updates"}${result.completed ? "" : ` of ${updates}, stopped`}, ${Math.round(-secondsUntil(start))} s)`,
    updates: done,
    held: (page) => heldStrip(page, fraction).held,
    ...(along && { along }),
  };
}

/** What of each page is held out; undefined where pages are too small. */
function heldFraction({ files }: TrainingGroup): number | undefined {
  const longest = files.map(({ width, height }) => Math.max(width, height));
  const fraction = Math.max(HELD, HELD_PIXELS / Math.min(...longest));
  return fraction > MOST_HELD ? undefined : fraction;
}

interface Suited {
  readonly method: TrainedMethod;
  readonly training: SuitedTraining;
  /** The names of the images that it is trained on. */
  readonly usable: readonly string[];
}

/** The first method that suits the images, and how; or why there is none. Images that cannot be used, as blank ones, are left out: what is wrong with them is told when they are denoised. An `InputError` where that is so with all. */
async function suitedMethod(
  { trained }: MethodRegistry,
  planned: readonly PlannedFile[],
  { captures, ...images }: ImageAxes,
): Promise<Suited | string> {
  const files = new StackFiles();
  try {
    const opened: Scene[] = [];
    let cut: Scene | undefined;
    const usable: string[] = [];
    let unusable: InputError | undefined;
    for (const { spec, width, height } of planned) {
      const name = fileSpecText(spec);
      try {
        const scenes = await openScenes([name], "none", files, { captures, ...images });
        cut ??= scenes.find(({ noisy }) => noisy.width !== width || noisy.height !== height);
        opened.push(...scenes);
        usable.push(name);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        unusable ??= error;
      }
    }
    if (opened.length === 0 && unusable) throw unusable;
    if (cut)
      return `pixels of ${cut.name} are missing, so that its pages have no part that is surely held out`;
    const scenes = opened.map((scene) => trainingScene(scene, captures));
    for (const method of trained) {
      const training = await method.selfTraining?.suits(scenes);
      if (training) return { method, training, usable };
    }
    return "no method is trained on such images alone";
  } finally {
    await files.close();
  }
}

/** What a training on the images changes of the method's first preset, with crops that they have room for. */
function fittingChanges(
  method: TrainedMethod,
  { changes }: SuitedTraining,
  side: number,
): Record<string, unknown> | undefined {
  const flags = { ...changes, split: "regions" };
  const { configuration } = layerConfiguration(method, { flags });
  if (configuration.crop <= side) return flags;
  const crop = method.cropFor(configuration, side);
  return crop && { ...flags, ...crop };
}

function plannedUpdates(
  pace: TrainingPace,
  configuration: RunConfiguration,
  share: (networkPixel: number) => number,
): number {
  return updatesWithin(share(networkPixelSeconds(pace, configuration)), pace);
}

async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "clidim-pace-"));
  try {
    return await work(join(folder, "run"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A name for a folder as channels have it. */
const safe = (channel: string): string => channel.replaceAll(/[^\p{L}\p{N}._-]+/gu, "_");

/** The path, or with the next number at its end that no file or folder with something in it has. */
async function freeFolder(path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? path : `${path}-${number}`;
    const entries = await entriesOf(candidate);
    if (!entries || entries.length === 0) return candidate;
  }
}
