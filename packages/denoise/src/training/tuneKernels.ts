import { InputError, pageInMemory, simulateScenes } from "@clidim/imaging";
import { Device, type TunedProduct, tune } from "@clidim/tensor";
import { type CropOrder, cropFeed } from "../data/cropFeed.js";
import { fitConfigured } from "../data/fitConfigured.js";
import { preparedConfiguration } from "../data/preparedConfiguration.js";
import { type AdapterRecord, adapterRecord } from "../machine/adapter.js";
import { checkPrecision } from "../machine/checkPrecision.js";
import { openDevice } from "../machine/openDevice.js";
import { saveTiles } from "../machine/tileCache.js";
import type { TrainedMethod } from "../protocol/method.js";
import { framesOf, type RunConfiguration } from "../protocol/runConfiguration.js";
import { initialTrainingState, type TrainingState } from "./trainingState.js";
import { trainingUpdate } from "./trainingUpdate.js";

export interface TuneHooks {
  /** Aborting it ends the measurement before the next product, by its reason; nothing is kept. */
  readonly signal?: AbortSignal;
  /** Called before each product is measured. */
  readonly onProduct?: (product: string, index: number, count: number) => void;
}

export interface TuneResult {
  readonly adapter: AdapterRecord;
  readonly products: readonly TunedProduct[];
  /** Where the choices are kept; every later run on this adapter takes them from there. */
  readonly file: string;
}

/**
 * Measures the matrix products and convolutions of a method's last phase of training with every tile that fits the adapter, and keeps the fastest of each in the
 * user's cache directory. The results of a training change in the last digits with the tiles, so a run that is to be gone on with is better tuned before it starts.
 */
export async function tuneKernels<C extends RunConfiguration>(
  method: TrainedMethod<C>,
  given: C,
  { signal, onProduct }: TuneHooks = {},
): Promise<TuneResult> {
  const device = await openDevice();
  if (!(device instanceof Device)) {
    throw new InputError(
      `${device.name} has one kernel for each product, expected an adapter with some to choose from; name another`,
      {
        keys: ["adapter"],
      },
    );
  }
  await checkPrecision(device, given);
  // Only shapes matter, so any images do.
  const [{ noisy, clean, name }] = simulateScenes({
    seed: 0,
    size: given.crop,
    scenes: 1,
    frames: Math.max(2, framesOf(given)),
  }) as [ReturnType<typeof simulateScenes>[0]];
  const truth = pageInMemory(clean);
  const scene = { name, noisy: noisy.map(pageInMemory), clean: noisy.map(() => truth), averaged: false };
  const normalization = fitConfigured(noisy, given);
  const configuration = await preparedConfiguration(method, given, { scenes: [scene], normalization });
  // Nor does it matter what their noise is, but there are to be levels of it to tell apart.
  const noise = [noisy.map((_, page) => ({ gain: 0.01, offset: 0.01, level: page + 1 }))];
  const feed = await cropFeed([scene], { method, configuration, normalization, seed: 0, device, noise });
  const update = trainingUpdate(configuration, method.phases(configuration).at(-1)!);
  const products = await tune((state: TrainingState, order: CropOrder) => update(state, feed.batch(order)), {
    device,
    onProduct: (...product) => {
      signal?.throwIfAborted();
      onProduct?.(...product);
    },
  })(initialTrainingState(method, configuration, 0), await feed.order(0));
  signal?.throwIfAborted();
  return { adapter: adapterRecord(device), products, file: await saveTiles(device) };
}
