import {
  type FitNormalizationOptions,
  fitNormalization,
  type LazyPage,
  type Normalization,
  type Plane,
  streamedNormalization,
} from "@clidim/imaging";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import type { NoisyPlane } from "./noisyPlane.js";

/** The map from grey values to network values that a configuration asks for, fitted to noisy pages. */
export const fitConfigured = (
  pages: readonly Pick<Plane, "data">[],
  configuration: Pick<RunConfiguration, "normalization">,
): Normalization => fitNormalization(pages, optionsOf(configuration));

/** `fitConfigured` to pages that are read one after the other, none held. */
export const streamedConfigured = (
  pages: readonly Pick<LazyPage, "read">[],
  configuration: Pick<RunConfiguration, "normalization">,
): Promise<Normalization> => streamedNormalization(pages, optionsOf(configuration));

function optionsOf({ normalization }: Pick<RunConfiguration, "normalization">): FitNormalizationOptions {
  const { mode } = normalization;
  if (mode !== "percentile") return { mode };
  const { low, high, bound } = normalization;
  return { low, high, bound };
}

/** Whether training normalises every batch by itself, so that an image is best normalised by its own range as well. */
export function normalizesBatches({ normalization }: Pick<RunConfiguration, "normalization">): boolean {
  return normalization.mode === "minmax" && normalization.scope === "batch";
}

/** The map for one noisy page, or the captures that it is the mean of: its own where training normalises every batch by itself, else that of the training data. */
export const normalizationOf = (
  page: Pick<NoisyPlane, "data" | "frames">,
  configuration: Pick<RunConfiguration, "normalization">,
  normalization: Normalization,
): Normalization =>
  normalizesBatches(configuration) ? fitConfigured(page.frames ?? [page], configuration) : normalization;
