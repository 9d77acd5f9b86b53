import type { Plane } from "@clidim/imaging";
import { fitNormalization, type Normalization } from "@clidim/imaging";
import type { RunConfiguration } from "../protocol/runConfiguration.js";

/** The map from grey values to network values that a configuration asks for, fitted to noisy pages. */
export function fitConfigured(
  pages: readonly Pick<Plane, "data">[],
  { normalization }: Pick<RunConfiguration, "normalization">,
): Normalization {
  if (normalization.mode === "minmax") return fitNormalization(pages, { mode: "minmax" });
  const { low, high, bound } = normalization;
  return fitNormalization(pages, { low, high, bound });
}

/** Whether training normalises every batch by itself, so that an image is best normalised by its own range as well. */
export function normalizesBatches({ normalization }: Pick<RunConfiguration, "normalization">): boolean {
  return normalization.mode === "minmax" && normalization.scope === "batch";
}

/** The map for one noisy page: its own where training normalises every batch by itself, else that of the training data. */
export const normalizationOf = (
  page: Pick<Plane, "data">,
  configuration: Pick<RunConfiguration, "normalization">,
  normalization: Normalization,
): Normalization => (normalizesBatches(configuration) ? fitConfigured([page], configuration) : normalization);
