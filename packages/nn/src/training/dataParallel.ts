import {
  compile,
  type Executor,
  evaluate,
  foldIn,
  formatShape,
  isFloat,
  leavesWithPaths,
  type Tensor,
  type Tree,
} from "@clidim/tensor";
import { describe, show } from "@clidim/tensor/expect";
import { accepted, callable, checkOptions, required } from "../checkOptions.js";
import { fromSnapshot, type Snapshot, takeSnapshot } from "./snapshot.js";

export interface DataParallelOptions<S, B, R> {
  /** At least one, each once: `Device.open({ adapter })`. Replicas stay the same to the bit where all are of one kind. */
  readonly devices: readonly Executor[];
  /**
   * What one device computes of its share of a batch, such as `{ loss, grads, stats }`: a tree of f32 or f16 tensors, each a mean over the samples of the share, of the same shape for any number of
   * them. The key is another one on each device.
   */
  readonly share: (state: S, batch: B, key: Tensor) => R;
  /** The next state, from the means over the samples of the whole batch. */
  readonly update: (state: S, mean: R) => S;
}

/** One training on several devices. */
export interface DataParallel<S, B, R> {
  /** The state on each device, in memory of its own. What was given stays as it is. */
  readonly replicate: (state: S) => Promise<readonly S[]>;
  /**
   * One update of all replicas, which are taken over, as by `donate`. The batch is a tree of tensors with the samples on their first axis: of n samples and d devices the first n mod d devices take one more
   * than the others; devices that are left without any compute nothing but the update.
   */
  readonly step: (
    replicas: readonly S[],
    batch: B,
    key: Tensor,
  ) => Promise<{ readonly replicas: readonly S[]; readonly mean: R }>;
}

/**
 * Trains one model on several devices of this process, each of which computes gradients of a share of every batch: synchronous data parallelism (PyTorch's DistributedDataParallel). What `share` has
 * made is averaged on the host, weighted by samples, in float64 and in the order of the devices; then each device makes the same update of its own replica. Where the loss is a mean over samples that
 * do not know of each other, that is the update of one device with the whole batch. Batch normalisation knows of them: it sees the samples of its share alone, so that its output is another one, and
 * the mean of its running variances leaves out how the shares' means differ.
 *
 * Sources: Goyal et al., Accurate, Large Minibatch SGD (2017), for the mean over shares and for what to do with the learning rate; Li et al., PyTorch Distributed (VLDB 2020).
 */
export function dataParallel<S, B, R>(options: DataParallelOptions<S, B, R>): DataParallel<S, B, R> {
  // What an option may be does not depend on the types that are open here.
  checkOptions("dataParallel", options as object as DataParallelOptions<unknown, unknown, unknown>, {
    devices: required(
      accepted(
        "a list of devices, each once",
        (value) => Array.isArray(value) && value.length > 0 && new Set(value).size === value.length,
      ),
    ),
    share: required(callable("a function of the state, a share of a batch and a key")),
    update: required(callable("a function of the state and the means")),
  });
  const { devices, share, update } = options;
  const [home] = devices as [Executor];
  const shares = devices.map((device, i) =>
    program((state: S, batch: B, key: Tensor): R => share(state, batch, foldIn(key, i)), { device }),
  );
  const updates = devices.map((device) => program(update, { device, donate: [0] }));

  const hostValues = async (tree: unknown): Promise<Snapshot> => {
    const unknown = leavesOf(tree).filter(([, leaf]) => !leaf.value);
    await evaluate(
      unknown.map(([, leaf]) => leaf),
      { device: home },
    );
    return takeSnapshot(tree);
  };

  return {
    async replicate(state) {
      const snapshot = await hostValues(state);
      return devices.map(() => fromSnapshot(state, snapshot));
    },
    async step(replicas, batch, key) {
      if (replicas.length !== devices.length) {
        throw new Error(
          `dataParallel: there are ${devices.length} devices and ${replicas.length} replicas; pass those that replicate or the last step has made`,
        );
      }
      const samples = samplesOf(batch);
      const [values, keyValues] = await Promise.all([hostValues(batch), hostValues({ key })]);
      const counts = devices.map(
        (_, i) => Math.floor(samples / devices.length) + (i < samples % devices.length ? 1 : 0),
      );
      const starts = counts.map((_, i) => counts.slice(0, i).reduce((sum, count) => sum + count, 0));
      const computed = await Promise.all(
        counts.map(async (count, i) => {
          if (count === 0) return undefined;
          const own = fromSnapshot(batch, rows(values, starts[i]!, count));
          return shares[i]!(replicas[i]!, own, fromSnapshot({ key }, keyValues).key);
        }),
      );
      const like = computed[0]!; // the first device has a sample where there is any
      const parts = await Promise.all(
        computed.flatMap((result, i) =>
          result === undefined
            ? []
            : [takeSnapshot(result).then((of) => ({ of, weight: counts[i]! / samples }))],
        ),
      );
      const mean = weightedMean(parts);
      const next = await Promise.all(
        replicas.map((replica, i) => updates[i]!(replica, fromSnapshot(like, mean))),
      );
      return { replicas: next, mean: fromSnapshot(like, mean) };
    },
  };
}

/** A function of trees of tensors as a program; the types of trees that are open here are those of what goes in and comes out. */
const program = compile as unknown as <A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: { readonly device: Executor; readonly donate?: readonly number[] },
) => (...args: A) => Promise<R>;

// A tree of tensors, by the types of what is public.
const leavesOf = (tree: unknown): [string, Tensor][] => leavesWithPaths(tree as Tree<Tensor>);

/** How many samples a batch has. */
function samplesOf(batch: unknown): number {
  const leaves = leavesOf(batch);
  const samples = leaves[0]?.[1].shape[0];
  const other = leaves.find(([, { shape }]) => shape[0] !== samples);
  if (samples !== undefined && samples > 0 && !other) return samples;
  const [path, leaf] = other ?? leaves[0] ?? [];
  throw new Error(
    `dataParallel: expected a batch of tensors with the same number of samples, at least one, on their first axis, got ${
      leaf ? `${path === "" ? "" : `${path} `}${describe(leaf)} beside ${samples ?? "none"}` : show(batch)
    }; pass what all samples share in the state`,
  );
}

/** Some rows of the values of a tree. */
const rows = (snapshot: Snapshot, start: number, count: number): Snapshot =>
  Object.fromEntries(
    Object.entries(snapshot).map(([path, { dtype, shape, data }]) => {
      const size = data.length / shape[0]!;
      return [
        path,
        { dtype, shape: [count, ...shape.slice(1)], data: data.slice(start * size, (start + count) * size) },
      ];
    }),
  );

/** The mean of trees, leaf by leaf. */
function weightedMean(parts: readonly { readonly of: Snapshot; readonly weight: number }[]): Snapshot {
  const { of: first } = parts[0]!;
  return Object.fromEntries(
    Object.entries(first).map(([path, { dtype, shape, data }]) => {
      if (!isFloat(dtype)) {
        throw new Error(
          `dataParallel: share returns ${path} of ${dtype} ${formatShape(shape)}; expected means, which are floats: keep counts in the state`,
        );
      }
      const other = parts.find(({ of }) => formatShape(of[path]!.shape) !== formatShape(shape));
      if (other) {
        throw new Error(
          `dataParallel: share returns ${path} of shape ${formatShape(shape)} and ${formatShape(other.of[path]!.shape)} for shares of other sizes; average over the samples`,
        );
      }
      const values = parts.map(({ of }) => of[path]!.data);
      const mean = new Float32Array(data.length);
      for (let i = 0; i < mean.length; i++) {
        let sum = 0;
        for (let k = 0; k < parts.length; k++) sum += parts[k]!.weight * values[k]![i]!;
        mean[i] = sum;
      }
      return [path, { dtype, shape, data: mean }];
    }),
  );
}
