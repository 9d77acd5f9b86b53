import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { type MetricsLog, score, type ValidationFigures } from "./metricsLog.js";

/**
 * How often a schedule "plateau" has lowered the learning rate, of all validations so far: as PyTorch's ReduceLROnPlateau without a threshold, where more than `patience` in a row were no better than
 * the best before them, which are then counted anew.
 */
export function reductions(figures: readonly ValidationFigures[], patience: number): number {
  let best = Number.NEGATIVE_INFINITY;
  let [bad, reduced] = [0, 0];
  for (const now of figures.map(score)) {
    if (now > best) [best, bad] = [now, 0];
    else if (++bad > patience) [bad, reduced] = [0, reduced + 1];
  }
  return reduced;
}

/** The configuration that updates after these validations are computed with. */
export function loweredRate<C extends RunConfiguration>(
  configuration: C,
  figures: readonly ValidationFigures[],
): C {
  const { schedule, plateau, learningRate } = configuration;
  if (schedule !== "plateau" || !plateau || learningRate === undefined) return configuration;
  const { factor, patience } = plateau;
  return { ...configuration, learningRate: learningRate * factor ** reductions(figures, patience) };
}

/** The learning rate from a validation on that is not in the log yet, where that lowers it. */
export function newRate(
  { configuration }: { readonly configuration: RunConfiguration },
  log: Pick<MetricsLog, "figures">,
  now: ValidationFigures,
): number | undefined {
  const before = log.figures();
  const { learningRate } = loweredRate(configuration, [...before, now]);
  return learningRate === loweredRate(configuration, before).learningRate ? undefined : learningRate;
}
