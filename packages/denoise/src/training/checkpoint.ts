import { InputError } from "@clidim/imaging";
import {
  flatten,
  formatShape,
  type HostTensor,
  leavesWithPaths,
  type Tensor,
  type Tree,
  tensor,
  unflatten,
} from "@clidim/tensor";
import {
  fileFormats,
  firstMethod,
  formatVersion,
  openDescribed,
  toHost,
  writeDescribed,
} from "../model/describedSafetensors.js";
import { methodId, type TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { initialTrainingState, networksOf, type TrainingState } from "./trainingState.js";

/** Before the paths of the best networks. */
const BEST = "best.";

/** The state as it lies in a checkpoint: what the method keeps stands beside the rest, not below it. */
function laidOut<S>({ method, ...rest }: TrainingState<S>): Tree<Tensor> {
  const own: object = Object(method);
  const taken = [...Object.keys(rest), "best"].find((name) => Object.hasOwn(own, name));
  if (taken !== undefined) {
    throw new Error(
      `checkpoint: the method's state has a member ${taken}, which is a member of every checkpoint; call it otherwise`,
    );
  }
  return { ...own, ...rest } as Tree<Tensor>; // of tensors, as both parts are
}

/**
 * Every tensor of a training state, bit by bit, under its path (`params.conv1.weight`, `metrics.sums.loss`), as a safetensors file.
 * `extra` goes into the metadata. `best`, as `hostNetworks` gives them, are the networks that a guarded training can be taken back to; they stand below `best.`.
 */
export async function exportCheckpoint<S>(
  method: Pick<TrainedMethod, "name" | "version">,
  state: TrainingState<S>,
  extra: Readonly<Record<string, string>> = {},
  best: Readonly<Record<string, HostTensor>> = {},
): Promise<Uint8Array> {
  const tensors = {
    ...(await toHost(Object.fromEntries(leavesWithPaths(laidOut(state))))),
    ...Object.fromEntries(Object.entries(best).map(([path, x]) => [BEST + path, x])),
  };
  return writeDescribed(tensors, {
    ...extra,
    format: fileFormats.checkpoint,
    version: String(formatVersion),
    method: methodId(method),
  });
}

/** What a checkpoint file holds. */
export interface Checkpoint<S> {
  readonly state: TrainingState<S>;
  readonly extra: Readonly<Record<string, string>>;
  /** Where a guarded training can be taken back to. */
  readonly best?: Readonly<Record<string, HostTensor>>;
}

/**
 * The inverse of `exportCheckpoint`, for the method and the configuration that the state was trained with; `name` is what messages call the file. Throws an
 * `InputError` for a file of another kind, and where tensors are missing, left over or of another shape.
 */
export function importCheckpoint<C extends RunConfiguration, S>(
  bytes: Uint8Array,
  method: TrainedMethod<C, S>,
  configuration: C,
  name = "checkpoint",
): Checkpoint<S> {
  const { tensors, metadata } = openDescribed(bytes, name, "checkpoint");
  const {
    format: _format,
    version: _version,
    checksum: _sum,
    method: made = firstMethod,
    ...extra
  } = metadata;
  if (made !== methodId(method)) {
    throw new InputError(
      `${name}: is of method ${made}, expected ${methodId(method)}; resume with the method that the run was started with`,
    );
  }
  // Its values are never computed; it gives the names, shapes and dtypes.
  const template = initialTrainingState(method, configuration, 0);
  const places = leavesWithPaths(laidOut(template));
  const ofBest = Object.keys(tensors).some((path) => path.startsWith(BEST))
    ? leavesWithPaths(networksOf(template)).map(([path, leaf]) => [BEST + path, leaf] as const)
    : [];
  const expected = new Set([...places, ...ofBest].map(([path]) => path));
  const left = Object.keys(tensors).find((path) => !expected.has(path));
  if (left !== undefined)
    throw new InputError(`${name}: holds ${left}, which this configuration has no place for`);
  const placed = ([path, { shape, dtype }]: readonly [string, Tensor]): HostTensor => {
    const found = tensors[path];
    if (!found) throw new InputError(`${name}: has no ${path}, which this configuration needs`);
    if (found.dtype !== dtype || formatShape(found.shape) !== formatShape(shape)) {
      throw new InputError(
        `${name}: ${path} is ${found.dtype} ${formatShape(found.shape)}, but this configuration needs ${dtype} ${formatShape(shape)}; ` +
          "resume with the configuration that the run was started with",
      );
    }
    return found;
  };
  const leaves = places.map(placed).map((found) => tensor(found.data, found));
  const best = Object.fromEntries(ofBest.map((place) => [place[0].slice(BEST.length), placed(place)]));
  // The method's leaves come first, so that they are in the same order with and without its record; unflatten puts them back where they were found.
  const state = unflatten(flatten(asTree(template)).structure, leaves) as TrainingState<S>;
  return { state, extra, ...(ofBest.length > 0 && { best }) };
}

/** A state is a tree of tensors, whatever the method keeps. */
const asTree = <S>(state: TrainingState<S>): Tree<Tensor> => state as unknown as Tree<Tensor>;
