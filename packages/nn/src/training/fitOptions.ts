import type { Tensor } from "@clidim/tensor";
import {
  type AcceptedOptions,
  accepted,
  callable,
  checkOptions,
  integer,
  oneOf,
  required,
  wholeFrom,
} from "../checkOptions.js";
import type { Dataset } from "../data/dataset.js";
import type { Layer, Variables } from "../layer.js";
import { expectLayer } from "../layers/checkedLayer.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import { type EarlyStoppingOptions, earlyStoppingOptions } from "./earlyStopping.js";
import type { Best, EpochRecord, Progress, UpdateRecord } from "./records.js";
import type { BatchValue } from "./trainingStep.js";

export interface CheckpointOptions {
  /** Keeps the bytes, which `resume` takes. Called after every epoch, and where the signal has stopped the training. */
  readonly save: (bytes: Uint8Array, progress: Progress) => void | Promise<void>;
  /** Every so many updates too. Default: after epochs only. */
  readonly everyUpdates?: number;
}

export interface FitOptions<P, S, B, O = unknown> {
  readonly model: Layer<P, S>;
  /** Where training begins: what `init` of the model returned, or trained variables. They stay as they are. */
  readonly variables: Variables<P, S>;
  /** Of `sgd`, `adam`, `chain` and the others. */
  readonly optimizer: Optimizer<O>;
  /** Batches, trees of tensors; the epoch is the number of the pass. */
  readonly data: Pick<Dataset<B>, "epoch">;
  /** The loss of a batch, a scalar, by the output of the model. */
  readonly loss: BatchValue<B>;
  readonly epochs: number;
  /** The tensor that the model is applied to, batch first. Default: `batch.x`. */
  readonly input?: (batch: B) => Tensor;
  /** Other scalars of a batch; means over the samples are reported. */
  readonly metrics?: Readonly<Record<string, BatchValue<B>>>;
  /** Batches that nothing is learnt from, looked at after every epoch without dropout and with running statistics. */
  readonly validation?: Pick<Dataset<B>, "epoch">;
  /** Of what dropout draws. Default 0. */
  readonly seed?: number;
  readonly earlyStopping?: EarlyStoppingOptions;
  readonly checkpoint?: CheckpointOptions;
  /** The bytes of a checkpoint of the same training: it goes on as if it had not been interrupted, to the bit. */
  readonly resume?: Uint8Array;
  /**
   * What becomes of an update whose loss or gradients are not finite: parameters, statistics and optimiser stay as they are in both cases;
   * "stop" ends the training with an error, "skip" goes on with the next batch. Default "stop".
   */
  readonly nonFinite?: "stop" | "skip";
  /** Called after every epoch. */
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
  /** Called every `reportEvery` updates; only here, and after epochs, training waits for the device. */
  readonly onUpdate?: (record: UpdateRecord) => void | Promise<void>;
  /** Default 10. */
  readonly reportEvery?: number;
  /** Stops after the update that is under way. */
  readonly signal?: AbortSignal;
}

export interface FitResult<P, S> {
  /** Those of the best epoch where `earlyStopping` says so, else the last ones. */
  readonly variables: Variables<P, S>;
  readonly history: readonly EpochRecord[];
  readonly updates: number;
  /** Why training ended. */
  readonly ended: "epochs" | "patience" | "signal";
  /** With `earlyStopping`. */
  readonly best?: Best;
}

const record = accepted("a record", (value) => typeof value === "object" && value !== null);
const passes = accepted(
  "a dataset of batches",
  (value) =>
    typeof value === "object" && value !== null && "epoch" in value && typeof value.epoch === "function",
);

const fitOptions: AcceptedOptions<FitOptions<unknown, unknown, unknown>> = {
  model: required(record),
  variables: required(
    accepted(
      "{ params, stats }, as init returns them",
      (value) => record.test(value) && "params" in (value as object) && "stats" in (value as object),
    ),
  ),
  optimizer: required(
    accepted("an optimiser, such as adam()", (value) => record.test(value) && "update" in (value as object)),
  ),
  data: required(passes),
  loss: required(callable("a function of the output and the batch")),
  epochs: required(wholeFrom(0)),
  input: callable("a function of the batch"),
  metrics: record,
  validation: passes,
  seed: integer,
  earlyStopping: record,
  checkpoint: record,
  resume: accepted("the bytes of a checkpoint", (value) => value instanceof Uint8Array),
  nonFinite: oneOf("stop", "skip"),
  onEpoch: callable("a function of the record of an epoch"),
  onUpdate: callable("a function of the record of an update"),
  reportEvery: wholeFrom(1),
  signal: accepted("an AbortSignal", (value) => value instanceof AbortSignal),
};

/** Throws where options are missing, unknown, or contradict each other. */
export function checkFitOptions<P, S, B, O>(options: FitOptions<P, S, B, O>): void {
  // What an option may be does not depend on the types that are open here.
  checkOptions("fit", options as object as FitOptions<unknown, unknown, unknown>, fitOptions);
  expectLayer("fit", "model", options.model);
  const { earlyStopping, checkpoint, metrics = {} } = options;
  if (earlyStopping) checkOptions("fit.earlyStopping", earlyStopping, earlyStoppingOptions);
  if (checkpoint) {
    checkOptions("fit.checkpoint", checkpoint, {
      save: required(callable("a function of the bytes")),
      everyUpdates: wholeFrom(1),
    });
  }
  if (Object.hasOwn(metrics, "loss"))
    throw new Error('fit: a metric cannot be called "loss", which is there already');
  const watched = earlyStopping?.metric ?? "loss";
  if (watched === "loss" || Object.hasOwn(metrics, watched)) return;
  throw new Error(
    `fit: earlyStopping watches ${watched}, which is no metric; there are ${["loss", ...Object.keys(metrics)].join(", ")}`,
  );
}
