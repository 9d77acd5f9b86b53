import type { LossScale } from "@clidim/nn";
import { add, cast, flatten, mapTree, stack, type Tensor, where, zeros } from "@clidim/tensor";

/** Sums over the updates since the last `resetMetrics`, f32 scalars. */
export type TrainingMetrics = {
  /** By the names of the method's metrics. */
  readonly sums: Readonly<Record<string, Tensor>>;
  /** Number of updates in the sums: all but those that were skipped (precision mixed). */
  readonly count: Tensor;
};

export interface MeanMetrics {
  readonly means: Readonly<Record<string, number>>;
  /** Number of updates in the means. */
  readonly count: number;
  /** With precision mixed: the loss scale as it is, and the number of updates since the start in which any network was skipped. */
  readonly lossScale?: { readonly scale: number; readonly skipped: number };
}

export const emptyMetrics = (names: readonly string[]): TrainingMetrics => ({
  sums: Object.fromEntries(names.map((name) => [name, zeros([])])),
  count: zeros([]),
});

/**
 * The metrics after another update; terms that are not given count as 0. Where `taken` (bool) is given and false the metrics stay as they are: the losses of a skipped
 * update may be no numbers.
 */
export function addMetrics(
  { sums, count }: TrainingMetrics,
  terms: Readonly<Record<string, Tensor>>,
  taken?: Tensor,
): TrainingMetrics {
  const names = Object.keys(sums);
  const unknown = Object.keys(terms).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(`metrics: ${unknown} is none of the method's metrics, ${names.join(", ")}`);
  }
  const all = { ...emptyMetrics(names).sums, ...terms };
  const after = { sums: mapTree((sum, term) => add(sum, term), sums, all), count: add(count, 1) };
  if (!taken) return after;
  return mapTree((now, before) => where(taken, now, before), after, { sums, count });
}

/** The state with its metrics at 0. */
export const resetMetrics = <T extends { readonly metrics: TrainingMetrics }>(state: T): T => ({
  ...state,
  metrics: emptyMetrics(Object.keys(state.metrics.sums)),
});

/** The mean of each metric over the updates since the last reset but skipped ones, and their number; waits for the GPU. NaN where there was none. */
export async function readMetrics({
  metrics,
  lossScale,
}: {
  readonly metrics: TrainingMetrics;
  readonly lossScale?: LossScale;
}): Promise<MeanMetrics> {
  const { sums, count } = metrics;
  const scaling = lossScale ? [lossScale.scale, cast(lossScale.skipped, "f32")] : [];
  const [updates = 0, ...totals] = await stack([count, ...flatten(sums).leaves, ...scaling], 0).data();
  let next = 0;
  const means = mapTree(() => totals[next++]! / updates, sums);
  const [scale, skipped] = totals.slice(next) as [number?, number?]; // behind the sums, where they are
  return {
    means,
    count: updates,
    ...(scale !== undefined && skipped !== undefined && { lossScale: { scale, skipped } }),
  };
}
