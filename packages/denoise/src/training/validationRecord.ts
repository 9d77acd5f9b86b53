import type { Manifest } from "./manifest.js";
import type { MetricsLog } from "./metricsLog.js";
import type { TrainingSession } from "./trainingSession.js";
import { cropMetrics } from "./validation.js";

/** What a manifest says of the validation: of the noisy crops, where these have clean ones, and of the best model and the latest; null where nothing is held out. */
export function validationRecord(
  { crops, split }: Pick<TrainingSession, "crops" | "split">,
  log: MetricsLog,
): Manifest["validation"] {
  if (split.kind === "none") return null;
  const noisy = crops.every(({ clean }) => clean)
    ? cropMetrics(
        crops.map((crop) => crop.noisy),
        crops,
      )
    : null;
  return { noisy, ...log.validation() };
}
