import {
  compileTraining,
  cropFeed,
  exportModel,
  fitConfigured,
  initialTrainingState,
  preparedConfiguration,
  readMetrics,
  resolveConfiguration,
  type TrainedMethod,
} from "@clidim/denoise";
import { pageInMemory, simulateScenes } from "@clidim/imaging";
import type { Device } from "@clidim/tensor";
import type { WasmExecutor } from "@clidim/tensor/wasm";

/** What a short training comes to. */
export interface FewUpdates {
  /** The mean of each loss over the updates. */
  readonly losses: Readonly<Record<string, number>>;
  readonly count: number;
  /** The model as a file. */
  readonly model: Uint8Array;
}

/** Trains a method on simulated pages: five updates, or what `values` say, of its first preset with these values; the same in Node as in a browser. */
export async function trainFew(
  method: TrainedMethod,
  values: Readonly<Record<string, unknown>>,
  device: Device | WasmExecutor,
): Promise<FewUpdates> {
  const preset = method.space.presets[0]!;
  const given = resolveConfiguration(method, preset, { updates: 5, batch: 2, ...values });
  const simulated = simulateScenes({ seed: 1, size: 48, scenes: 2, frames: 2 });
  const scenes = simulated.map(({ name, noisy, clean }) => ({
    name,
    noisy: noisy.map(pageInMemory),
    clean: [pageInMemory(clean)],
    averaged: false,
  }));
  const normalization = fitConfigured(
    simulated.flatMap(({ noisy }) => noisy),
    given,
  );
  const configuration = await preparedConfiguration(method, given, { scenes, normalization });
  const feed = await cropFeed(scenes, { method, configuration, normalization, seed: 0, device });
  const step = compileTraining(method, configuration, { device, batchOf: feed.batch });
  let state = initialTrainingState(method, configuration, 0);
  for (let update = 0; update < configuration.updates; update++) {
    state = await step(state, await feed.order(update), update);
  }
  const { means, count } = await readMetrics(state);
  const model = await exportModel(method.variables(state.method), {
    method,
    configuration,
    normalization,
    provenance: { updates: configuration.updates },
  });
  return { losses: means, count, model };
}
