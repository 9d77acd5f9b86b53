import { InputError, type Normalization, sizeText } from "@clidim/imaging";
import { normalizationOf } from "../data/fitConfigured.js";
import { heldLoss } from "../inference/heldLoss.js";
import type { MethodVariables, TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import type { HeldFigures } from "./metricsLog.js";
import type { ValidationCrop } from "./validation.js";

/** Judges a network by noisy crops alone. `InputError` where the method finds no pixel in them to judge by. */
export type HeldCrops = (variables: MethodVariables) => Promise<HeldFigures>;

/**
 * The mean of a method's loss over noisy crops, those left out in which no pixel counts. Which pixels count does not depend on the network, so that the first call shows whether there are any.
 */
export function heldCrops(
  method: TrainedMethod,
  configuration: RunConfiguration,
  seed: number,
  crops: readonly ValidationCrop[],
  normalization: Normalization,
): HeldCrops {
  const held = heldLoss(method, configuration, seed);
  if (!held) throw new Error(`${method.name}: has no loss of held-out noisy images to validate by`);
  return async (variables) => {
    const losses: number[] = [];
    for (const crop of crops) {
      const map = normalizationOf(crop.noisy, configuration, normalization);
      const { loss, pixels } = await held(variables, crop, map);
      if (pixels > 0) losses.push(loss);
    }
    if (losses.length === 0) {
      const sizes = crops.map(({ name, noisy }) => `${name}, ${sizeText(noisy)} pixels`);
      throw new InputError(
        `${method.title} looks at no pixel of the images held out (${sizes.join("; ")}), so that it cannot choose a model; hold out a larger part, or nothing`,
        { keys: ["validation"] },
      );
    }
    return { loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length };
  };
}
