import type { PairBatch, TrainingState } from "@clidim/denoise";
import { resolveConfiguration, trainingUpdate } from "@clidim/denoise";
import { compile, type Tensor, tensor } from "@clidim/tensor";
import { clidim } from "../../src/method.js";
import type { Configuration } from "../../src/schema.js";
import type { ClidimState } from "../../src/state.js";

/** A network with everything that the presets have, dropout included, at the smallest size. */
export const smallConfiguration: Configuration = resolveConfiguration(clidim, "laptop", {
  downs: 6,
  ngf: 2,
  ndf: 2,
  batch: 2,
  updates: 100,
});

/** Smooth images under noise, different for every update. */
export function batchOf({ crop, batch }: Configuration, update: number): PairBatch {
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

/** One update of the last phase, metrics and count included. */
export const lastUpdate = (
  configuration: Configuration,
): ((state: TrainingState<ClidimState>, batch: PairBatch) => TrainingState<ClidimState>) =>
  trainingUpdate(configuration, clidim.phases(configuration).at(-1)!);

/** A compiled step that feeds itself: from `state`, the updates from..to-1. */
export function trainer(
  configuration: Configuration,
): (state: TrainingState<ClidimState>, from: number, to: number) => Promise<TrainingState<ClidimState>> {
  const step = compile(lastUpdate(configuration), { donate: [0, 1] });
  return async (state, from, to) => {
    let current = state;
    for (let update = from; update < to; update++)
      current = await step(current, batchOf(configuration, update));
    return current;
  };
}
