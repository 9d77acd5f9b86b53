import type { Plane } from "../image/image.js";
import { meanSquaredError } from "./meanSquaredError.js";
import { checkSameSize, dataRange } from "./range.js";

/** What the error is divided by, see `nrmse`. */
export type NrmseNormalization = "min-max" | "mean" | "euclidean";

/**
 * Root mean squared error over a scale of the clean page (scikit-image's `normalized_root_mse`), no unit:
 * "min-max" its max - min, "mean" its mean, "euclidean" its root mean square.
 */
export function nrmse(
  prediction: Plane,
  clean: Plane,
  { normalization = "min-max" }: { normalization?: NrmseNormalization } = {},
): number {
  checkSameSize("nrmse", prediction, clean);
  return Math.sqrt(meanSquaredError(prediction, clean)) / scaleOf(clean, normalization);
}

function scaleOf(clean: Plane, normalization: NrmseNormalization): number {
  const { data } = clean;
  switch (normalization) {
    case "min-max":
      return dataRange("nrmse", clean);
    case "mean": {
      let sum = 0;
      for (let i = 0; i < data.length; i++) sum += data[i]!;
      return sum / data.length;
    }
    case "euclidean": {
      let sum = 0;
      for (let i = 0; i < data.length; i++) sum += data[i]! * data[i]!;
      return Math.sqrt(sum / data.length);
    }
    default:
      throw new Error(`nrmse: unknown normalization ${normalization satisfies never}`);
  }
}
