import { calibrateUncertainty, heldOutCoverage, normalize, type Plane } from "@clidim/imaging";
import { normalizationOf } from "../data/fitConfigured.js";
import { networkPage } from "../data/networkPage.js";
import { sampledPasses } from "../inference/sampledPasses.js";
import type { ModelUncertainty } from "../model/modelUncertainty.js";
import type { MethodVariables } from "../protocol/method.js";
import { announceLong } from "./announceLong.js";
import type { TrainingSession } from "./trainingSession.js";

/** Passes that the scatter is taken over. */
const PASSES = 8;

/**
 * How large the errors of a model are on the validation crops, all of which have clean images, by predicted value and scatter (see `calibrateUncertainty`); undefined where the method's passes do not differ. In network
 * values, so that it holds for any normalisation.
 */
export async function calibrateModel(
  {
    method,
    configuration,
    normalization,
    crops,
    split,
    hooks,
  }: Pick<TrainingSession, "method" | "configuration" | "normalization" | "crops" | "split" | "hooks">,
  variables: MethodVariables,
  predictions: readonly Plane[],
): Promise<ModelUncertainty | undefined> {
  if (typeof method.sampled(configuration) === "string") return undefined;
  const passes = sampledPasses(method, configuration, variables, { passes: PASSES });
  const pages = [];
  const announce = announceLong(
    `Calibrating the uncertainty on ${crops.length} held-out crops`,
    crops.length,
    hooks.onPhase,
  );
  for (const [i, { name, noisy, clean }] of crops.entries()) {
    if (!clean) throw new Error(`calibrateModel: ${name} has no clean page`);
    const map = normalizationOf(noisy, configuration, normalization);
    const { deviation } = await passes(networkPage(noisy, map, configuration), noisy.width, noisy.height, i);
    announce(i + 1);
    pages.push({
      predicted: normalize(predictions[i]!.data, map),
      scatter: deviation,
      truth: normalize(clean.data, map),
    });
  }
  return {
    ...calibrateUncertainty(pages),
    passes: PASSES,
    coverage: heldOutCoverage(pages, crops[0]!.noisy.width),
    pages: pages.length,
    heldOut: split.kind,
  };
}
