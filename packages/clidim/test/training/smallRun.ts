import { compile, type Tensor, tensor } from "@clidim/tensor";
import { type Configuration, resolveConfiguration } from "../../src/config/configuration.js";
import type { TrainingBatch } from "../../src/training/normalizeBatch.js";
import type { TrainingState } from "../../src/training/state.js";
import { trainingStep } from "../../src/training/step.js";

/** A network with everything that the presets have, dropout included, at the smallest size. */
export const smallConfiguration: Configuration = resolveConfiguration("laptop", {
  downs: 6,
  ngf: 2,
  ndf: 2,
  batch: 2,
  updates: 100,
});

/** Smooth images under noise, different for every update. */
export function batchOf({ crop, batch }: Configuration, update: number): TrainingBatch {
  const image = (noise: number): Tensor =>
    tensor(
      Float32Array.from({ length: batch * crop * crop }, (_, i) => {
        const [y, x] = [Math.floor(i / crop) % crop, i % crop];
        const grain = (((i + 977 * update) * 7919) % 101) / 50 - 1;
        return 0.5 * Math.sin(y / 9 + update) * Math.cos(x / 7) + noise * grain;
      }),
      { shape: [batch, crop, crop, 1] },
    );
  return { noisy: image(0.3), clean: image(0) };
}

/** A compiled step that feeds itself: from `state`, the updates from..to-1. */
export function trainer(
  configuration: Configuration,
): (state: TrainingState, from: number, to: number) => Promise<TrainingState> {
  const step = compile(trainingStep(configuration), { donate: [0, 1] });
  return async (state, from, to) => {
    let current = state;
    for (let update = from; update < to; update++)
      current = await step(current, batchOf(configuration, update));
    return current;
  };
}
