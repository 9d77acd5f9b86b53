import type { Model } from "../model/modelFile.js";
import { batchDenoiser } from "./batchDenoiser.js";
import { type Denoiser, type DenoiserOptions, networkProgram, programDenoiser } from "./denoise.js";
import { orientationsOf } from "./orientationsOf.js";
import { selfEnsemble } from "./selfEnsemble.js";

/** What of a model bears on its results. */
export type AppliedModel = Pick<Model, "method" | "configuration" | "variables" | "fluxCalibration">;

/**
 * The network of a model as it is meant to be applied to pages that fit into memory: with its calibration, and in its orientations unless `ensemble` says otherwise. Where the model's results are a mean with those of a method without
 * training (`blend`), that is for the caller to take, in grey values: `(1 - weight)` times the network's plus `weight` times what the method's `apply` makes of the page with the blend's `parameters`; `denoiseFiles` does. Likewise the network values are those of `units` where the model has other ones than grey values.
 */
export function modelDenoiser(
  model: AppliedModel,
  { ensemble, ...given }: Pick<DenoiserOptions, "maxTileSide"> & { readonly ensemble?: boolean } = {},
): Denoiser {
  const { method, configuration, variables, fluxCalibration } = model;
  const options = { ...given, ...(fluxCalibration && { fluxCalibration }) };
  const program = networkProgram(method, configuration);
  const denoise = programDenoiser(program, variables, options);
  const orientations = orientationsOf(model, ensemble);
  if (orientations === 1) return denoise;
  return selfEnsemble(denoise, batchDenoiser(program, variables, options), program.channels, orientations);
}
