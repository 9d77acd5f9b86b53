import type { Configuration } from "../config/configuration.js";
import { type CropBatch, sampleCrops, type TrainingScene } from "../image/crops.js";
import { affineOf, type Normalization } from "../image/normalization.js";

/**
 * The batch of update `update` (from 0) in network values, [batch, crop, crop, 1]. It depends on nothing but the scenes, the
 * configuration, the seed and the number of the update.
 */
export function trainingBatch(
  scenes: readonly TrainingScene[],
  { batch, crop }: Configuration,
  normalization: Normalization,
  seed: number,
  update: number,
): CropBatch {
  const crops = sampleCrops(scenes, { seed, update, batch, size: crop });
  const { scale, offset } = affineOf(normalization);
  for (const data of [crops.noisy, crops.clean, crops.capture]) {
    for (let i = 0; i < data.length; i++) data[i] = data[i]! * scale + offset;
  }
  return crops;
}
