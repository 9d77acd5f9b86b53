import type { Plane } from "@clidim/imaging";
import { atomicWrite } from "@clidim/imaging/node";
import { normalizationOf } from "../data/fitConfigured.js";
import { blendedValues, isLargeEnough } from "../inference/blend.js";
import { denoisePage } from "../inference/denoisePage.js";
import { modelDenoiser } from "../inference/modelDenoiser.js";
import type { ModelBlend } from "../model/modelBlend.js";
import { type ModelCalibrations, withCalibrations } from "../model/modelFile.js";
import type { MethodVariables } from "../protocol/method.js";
import { calibrateFlux } from "./calibrateFlux.js";
import { calibrateModel } from "./calibrateModel.js";
import { compareWithClassical } from "./comparison.js";
import { fitBlend } from "./fitBlend.js";
import { type Manifest, writeManifest } from "./manifest.js";
import type { TrainingSession } from "./trainingSession.js";

/** The model that a run has kept. */
export interface TrainedModel {
  readonly variables: MethodVariables;
  /** As `exportModel` writes it. */
  readonly bytes: Uint8Array;
}

/**
 * What comes after the last update: the model's brightness is calibrated on training images where the configuration asks for it; held-out images with clean ones tell how much of a method without training its
 * results are best a mean with, where there is to be one, how large its errors are, and whether it was worth training. Writes model and manifest, and returns the latter.
 */
export async function completeRun(
  session: TrainingSession,
  before: Manifest,
  { variables, bytes }: TrainedModel,
): Promise<Manifest> {
  const { method, configuration, normalization, split, crops, flux, hooks, blended, baselines, folder } =
    session;
  const fluxCalibration = flux && (await calibrateFlux(session, flux, variables));
  const judged = split.kind !== "none" && crops.every(({ clean }) => clean);
  let predictions: Plane[] = [];
  if (judged) {
    const model = { method, configuration, variables, ...(fluxCalibration && { fluxCalibration }) };
    const denoise = modelDenoiser(model);
    for (const { noisy } of crops) {
      const map = normalizationOf(noisy, configuration, normalization);
      predictions.push(await denoisePage(denoise, noisy, map, configuration));
    }
  }
  let blend: ModelBlend | undefined;
  if (blended) {
    if (judged && crops.every(({ noisy }) => isLargeEnough(blended, noisy))) {
      hooks.onPhase?.(`Finding how much of ${blended.title} the results are best a mean with`);
      const fitted = await fitBlend(blended, crops, predictions);
      blend = fitted.blend;
      const { weight } = fitted.blend;
      if (weight > 0) {
        predictions = predictions.map(({ width, height, data }, i) => ({
          ...{ width, height },
          data: blendedValues(data, fitted.classical[i]!.data, weight),
        }));
      }
    } else {
      const lacking = judged
        ? `those held out are below the ${blended.smallest} x ${blended.smallest} pixels that it needs`
        : "no image with a clean one is held out";
      hooks.onWarning?.(
        `results are the network's alone, without ${blended.title} (key blend): how much of it serves is found on held-out images with clean ones, and ${lacking}`,
      );
    }
  }
  const uncertainty = judged ? await calibrateModel(session, variables, predictions) : undefined;
  const calibrations: ModelCalibrations = {
    ...(fluxCalibration && { fluxCalibration }),
    ...(blend && { blend }),
    ...(uncertainty && { uncertainty }),
  };
  if (fluxCalibration ?? blend ?? uncertainty)
    await atomicWrite(folder.model, withCalibrations(bytes, calibrations));
  let manifest: Manifest = { ...before, ...calibrations };
  if (judged) {
    try {
      manifest = {
        ...manifest,
        comparison: await compareWithClassical(predictions, crops, baselines, hooks),
      };
    } catch (error) {
      // All that was asked for is there, and evaluation can compare too.
      if (!hooks.signal?.aborted) throw error;
    }
  }
  // As it was recorded: none of this is training time.
  await writeManifest(folder.manifest, manifest);
  return manifest;
}
