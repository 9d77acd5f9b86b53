import { InputError } from "@clidim/imaging";
import { type DenoisedBatch, denoiseFiles } from "../inference/denoiseFiles.js";
import type { DenoiseFilesOptions } from "../inference/denoiseFilesOptions.js";
import { secondsText } from "./timePlan.js";
import { trainedContenders } from "./trainedContenders.js";
import type { DenoiseFilesWithinHooks } from "./withinHooks.js";

/** As of `denoiseFiles` with the method that suits each file. */
export type DenoiseFilesWithinOptions = Omit<
  Extract<DenoiseFilesOptions, { readonly method: "automatic" }>,
  "method" | "contenders"
> & {
  /** Seconds for everything, training and denoising. */
  readonly budget: number;
  /** Of the training. Default 0. */
  readonly seed?: number;
};

export interface DenoisedWithin extends DenoisedBatch {
  /** Seconds that everything took. */
  readonly seconds: number;
  /** The folders of the models that were trained, whether they were taken or not. */
  readonly models: readonly string[];
}

/**
 * `denoiseFiles` with the method automatic, and time for a training on the files themselves: the first method of the registry that suits them (`SelfTraining`) is trained on seven eighths of each page, for as many updates as the budget
 * leaves beside choosing and denoising by the pace of its first ones. On the last eighth it is compared with the best classical method of each file, by the J-invariant loss, and whichever is better there denoises the file. The model is
 * kept in `model` below `out`, or the next free name. Files of several channels have a model for each. Where the budget leaves no time, files cannot be trained on, or there is no adapter, that is said, and the classical methods do it alone. The budget is
 * no promise: denoising is finished, however long it takes. `InputError`s as those of `denoiseFiles`, and for a budget that is no time.
 */
export async function denoiseFilesWithin(
  { budget, seed = 0, ...options }: DenoiseFilesWithinOptions,
  { training, onTraining, trainingSignal, ...hooks }: DenoiseFilesWithinHooks = {},
): Promise<DenoisedWithin> {
  if (!(budget > 0 && Number.isFinite(budget))) {
    throw new InputError(`budget: expected a time above 0, got ${budget} seconds`, { keys: ["budget"] });
  }
  const start = performance.now();
  const models: string[] = [];
  const contenders = trainedContenders(
    { ...options, seed, budget, end: start + 1000 * budget },
    { training, onTraining, trainingSignal, onModel: (folder) => models.push(folder) },
  );
  const asked = { ...options.asked, budget: secondsText(budget) };
  const batch = await denoiseFiles({ ...options, method: "automatic", contenders, asked }, hooks);
  return { ...batch, seconds: (performance.now() - start) / 1000, models };
}
