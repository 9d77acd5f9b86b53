import { valueAndGrad } from "@clidim/autograd";
import {
  add,
  and,
  cast,
  compile,
  formatShape,
  full,
  ge,
  isfinite,
  key,
  lt,
  mul,
  not,
  or,
  split,
  stopGradient,
  Tensor,
  type Tree,
  where,
  zeros,
} from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import type { Layer, Variables } from "../layer.js";
import { mapLeaves } from "../mapLeaves.js";
import { allFinite } from "../optimizers/lossScaling.js";
import type { Optimizer } from "../optimizers/optimizer.js";

/** A number of a batch: a loss or a metric, f32 []. */
export type BatchValue<B> = (output: Tensor, batch: B) => Tensor;

/** What is trained on what. */
export interface Objective<P, S, B> {
  readonly model: Layer<P, S>;
  readonly loss: BatchValue<B>;
  readonly metrics: Readonly<Record<string, BatchValue<B>>>;
  readonly input: (batch: B) => Tensor;
}

/** Sums over the samples of a pass. */
export type Totals = {
  /** Samples counted. */
  readonly count: Tensor;
  /** By name, each mean of a batch times its samples. */
  readonly sums: Readonly<Record<string, Tensor>>;
};

/** All that training carries from update to update. */
export type TrainingState<P, S> = {
  readonly params: P;
  readonly stats: S;
  readonly optimizer: unknown;
  readonly key: Tensor;
  /** Updates begun, i32. */
  readonly update: Tensor;
  /** Number of the first update whose loss or gradients were not finite since the training began or went on, i32; -1 for none. */
  readonly failed: Tensor;
  /** How many there were, i32. */
  readonly skipped: Tensor;
  readonly totals: Totals;
};

export const emptyTotals = (metrics: Readonly<Record<string, unknown>>): Totals => ({
  count: zeros([]),
  sums: Object.fromEntries(["loss", ...Object.keys(metrics)].map((name) => [name, zeros([])])),
});

export function initialState<P, S, B>(
  { metrics }: Objective<P, S, B>,
  { params, stats }: Variables<P, S>,
  optimizer: Optimizer<unknown>,
  seed: number,
): TrainingState<P, S> {
  return {
    params,
    stats,
    optimizer: optimizer.init(params),
    key: key(seed),
    update: full([], 0, "i32"),
    failed: full([], -1, "i32"),
    skipped: full([], 0, "i32"),
    totals: emptyTotals(metrics),
  };
}

/** A number that a function of the caller's has made of a batch, without gradient unless it is the loss. */
function numberOf(name: string, value: unknown): Tensor {
  if (value instanceof Tensor && value.shape.length === 0) return cast(value, "f32");
  const got = value instanceof Tensor ? formatShape(value.shape) : show(value);
  throw new Error(`fit: ${name} must return a scalar tensor, got ${got}; average over the batch`);
}

/** The number of samples of a batch: the first extent of the input. */
function samplesOf(x: unknown): number {
  if (x instanceof Tensor && x.shape.length > 0) return x.shape[0]!;
  throw new Error(
    `fit: the input of the model must be a tensor with the batch on its first axis, got ${show(x)}; pass input: (batch) => ... where it is not batch.x`,
  );
}

const added = (
  totals: Totals,
  values: Readonly<Record<string, Tensor>>,
  samples: number,
  counts?: Tensor,
): Totals => {
  const counted = (value: Tensor): Tensor => (counts ? where(counts, value, 0) : value);
  return {
    count: add(totals.count, counted(full([], samples))),
    sums: Object.fromEntries(
      Object.entries(totals.sums).map(([name, sum]) => [
        name,
        add(sum, counted(mul(stopGradient(values[name]!), samples))),
      ]),
    ),
  };
};

/** The loss and the metrics of an output, by name. */
const valuesOf = <P, S, B>(
  { loss, metrics }: Objective<P, S, B>,
  output: Tensor,
  batch: B,
): Readonly<Record<string, Tensor>> => ({
  loss: numberOf("loss", loss(output, batch)),
  ...Object.fromEntries(
    Object.entries(metrics).map(([name, metric]) => [
      name,
      numberOf(`metrics.${name}`, metric(output, batch)),
    ]),
  ),
});

/** A function of trees of tensors as a program; the types of trees that are open here are those of what goes in and comes out. */
const program = <A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: { readonly donate?: readonly number[] } = {},
): ((...args: A) => Promise<R>) => {
  const compiled = compile as unknown as (g: typeof f, given: typeof options) => (...args: A) => Promise<R>;
  return compiled(f, options);
};

/**
 * One update as a program. Where the loss or a gradient is not finite, parameters, statistics and optimiser stay as they are; with `freeze`
 * they do so in all later updates too.
 */
export function trainingStep<P, S, B>(
  objective: Objective<P, S, B>,
  optimizer: Optimizer<unknown>,
  freeze: boolean,
): (state: TrainingState<P, S>, batch: B) => Promise<TrainingState<P, S>> {
  const { model, input } = objective;
  return program(
    (state: TrainingState<P, S>, batch: B): TrainingState<P, S> => {
      const [now, next] = split(state.key) as [Tensor, Tensor]; // split makes two unless told otherwise
      const x = input(batch);
      const samples = samplesOf(x);
      const { value, grads, aux } = valueAndGrad((params: P) => {
        const { output, stats } = model.apply({ params, stats: state.stats }, x, { train: true, key: now });
        const values = valuesOf(objective, output, batch);
        return { loss: values.loss!, aux: { stats, values } };
      })(state.params);
      const finite = and(isfinite(value), allFinite(grads as Tree<Tensor>)); // gradients are trees of tensors
      const counts = freeze ? and(finite, lt(state.failed, 0)) : finite;
      const choose = (after: Tensor, before: Tensor): Tensor => where(counts, after, before);
      const stepped = optimizer.update(grads, state.optimizer as never, state.params); // its own state, made by its init
      return {
        params: mapLeaves(choose, stepped.params, state.params),
        stats: mapLeaves(choose, aux.stats, state.stats),
        optimizer: mapLeaves(choose, stepped.state as unknown, state.optimizer),
        key: next,
        update: add(state.update, 1),
        failed: where(or(finite, ge(state.failed, 0)), state.failed, state.update),
        skipped: add(state.skipped, cast(not(finite), "i32")),
        totals: added(state.totals, aux.values, samples, counts),
      };
    },
    { donate: [0] },
  );
}

/** The sums over one more batch as a program. */
export function evaluationStep<P, S, B>(
  objective: Objective<P, S, B>,
): (totals: Totals, variables: Variables<P, S>, batch: B) => Promise<Totals> {
  const { model, input } = objective;
  return program(
    (totals: Totals, variables: Variables<P, S>, batch: B): Totals => {
      const x = input(batch);
      const { output } = model.apply(variables, x, { train: false });
      return added(totals, valuesOf(objective, output, batch), samplesOf(x));
    },
    { donate: [0] },
  );
}

/** The means of sums, by name. */
export async function meansOf({ count, sums }: Totals): Promise<Record<string, number>> {
  const samples = await count.item();
  const means = Object.entries(sums).map(
    async ([name, sum]) => [name, (await sum.item()) / samples] as const,
  );
  return Object.fromEntries(await Promise.all(means));
}
