import type { Plane } from "@clidim/imaging";
import { atomicWrite } from "@clidim/imaging/node";
import { normalizationOf } from "../data/fitConfigured.js";
import { denoisePage } from "../inference/denoisePage.js";
import { modelDenoiser } from "../inference/modelDenoiser.js";
import { type ModelCalibrations, withCalibrations } from "../model/modelFile.js";
import type { MethodVariables } from "../protocol/method.js";
import { announceLong } from "./announceLong.js";
import { calibrateFlux } from "./calibrateFlux.js";
import { calibrateModel } from "./calibrateModel.js";
import { compareWithClassical } from "./comparison.js";
import { withBlend } from "./fitBlend.js";
import { type Manifest, writeManifest } from "./manifest.js";
import type { TrainingSession } from "./trainingSession.js";

/** The model that a run has kept. */
export interface TrainedModel {
  readonly variables: MethodVariables;
  /** As `exportModel` writes it. */
  readonly bytes: Uint8Array;
}

/**
 * What comes after the last update, be it the configuration's or the one after which the run was to be finished: the model's brightness is calibrated on training images where the configuration asks for it; held-out images with clean ones tell how much of a method without training its
 * results are best a mean with, where there is to be one, how large its errors are, and whether it was worth training. Writes the model and, last, the manifest, by which the run is completed, and returns the latter.
 */
export async function completeRun(
  session: TrainingSession,
  before: Manifest,
  { variables, bytes }: TrainedModel,
): Promise<Manifest> {
  const { method, configuration, normalization, split, crops, flux, hooks, baselines, folder } = session;
  const fluxCalibration = flux && (await calibrateFlux(session, flux, variables));
  const judged = split.kind !== "none" && crops.every(({ clean }) => clean);
  const predictions: Plane[] = [];
  if (judged) {
    const model = { method, configuration, variables, ...(fluxCalibration && { fluxCalibration }) };
    const denoise = modelDenoiser(model);
    const announce = announceLong(`Denoising ${crops.length} held-out crops`, crops.length, hooks.onPhase);
    for (const { noisy } of crops) {
      const map = normalizationOf(noisy, configuration, normalization);
      predictions.push(await denoisePage(denoise, noisy, map, configuration));
      announce(predictions.length);
    }
  }
  const { blend, results } = await withBlend(session, judged, predictions);
  const uncertainty = judged ? await calibrateModel(session, variables, results) : undefined;
  const calibrations: ModelCalibrations = {
    ...(fluxCalibration && { fluxCalibration }),
    ...(blend && { blend }),
    ...(uncertainty && { uncertainty }),
  };
  if (fluxCalibration ?? blend ?? uncertainty)
    await atomicWrite(folder.model, withCalibrations(bytes, calibrations));
  let manifest: Manifest = { ...before, ...calibrations, status: "completed" };
  if (judged) {
    try {
      manifest = {
        ...manifest,
        comparison: await compareWithClassical(results, crops, baselines, hooks),
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
