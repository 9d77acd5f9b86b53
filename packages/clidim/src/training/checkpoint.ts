import type { Normalization } from "@clidim/imaging";
import { InputError } from "@clidim/imaging";
import { exportStateDict, importStateDict } from "@clidim/nn";
import {
  evaluate,
  flatten,
  formatShape,
  type HostTensor,
  leavesWithPaths,
  readSafetensors,
  type Safetensors,
  type Tensor,
  type Tree,
  tensor,
  unflatten,
  writeSafetensors,
} from "@clidim/tensor";
import { z } from "zod";
import { parseConfiguration } from "../configuration/configuration.js";
import { type MethodVariables, methodId, type TrainedMethod } from "../protocol/method.js";
import type { MethodRegistry } from "../protocol/registry.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { initialTrainingState, type TrainingState } from "../protocol/trainingState.js";

/** What a model file says about itself beside its weights. */
export interface ModelDescription {
  readonly method: TrainedMethod;
  readonly configuration: RunConfiguration;
  /** The map from grey values that the network was trained with. */
  readonly normalization: Normalization;
  /** Where the model comes from: data, seed, versions; any JSON. */
  readonly provenance: Readonly<Record<string, unknown>>;
}

export interface Model extends ModelDescription {
  readonly variables: MethodVariables;
}

const modelFormat = "clidim-model";
const checkpointFormat = "clidim-checkpoint";
/** Of both formats; a reader refuses a later one. */
const formatVersion = 1;

const normalizationSchema: z.ZodType<Normalization> = z.object({
  mode: z.enum(["percentile", "minmax"]),
  low: z.number(),
  high: z.number(),
  lowPercent: z.number(),
  highPercent: z.number(),
  bound: z.number().positive(),
});

/** Reads the tensors to the host, computed in one go. */
async function toHost(tensors: Readonly<Record<string, Tensor>>): Promise<Record<string, HostTensor>> {
  await evaluate(Object.values(tensors));
  const host: Record<string, HostTensor> = {};
  for (const [name, x] of Object.entries(tensors)) {
    host[name] = { dtype: x.dtype, shape: x.shape, data: await x.data() };
  }
  return host;
}

/** The method of files that do not name one: those written when there was no other. */
const firstMethod = "clidim@1";

/**
 * A trained network as a safetensors file: weights and running statistics under PyTorch's names and in its layouts (`down2.conv.weight` OIHW,
 * `up1.conv.weight` IOHW, `down2.norm.running_mean`), the description as JSON in the metadata (`configuration`,
 * `normalization`, `provenance`) beside `format`, `version` and `method` (`clidim@1`).
 */
export async function exportModel(
  variables: MethodVariables,
  { method, configuration, normalization, provenance }: ModelDescription,
): Promise<Uint8Array> {
  return writeSafetensors(await toHost(exportStateDict(variables)), {
    format: modelFormat,
    version: String(formatVersion),
    method: methodId(method),
    configuration: JSON.stringify(configuration),
    normalization: JSON.stringify(normalization),
    provenance: JSON.stringify(provenance),
  });
}

/** The file's content, if it is of the wanted format in a version known here; else an `InputError` that says what it is. */
function open(bytes: Uint8Array, name: string, format: string): Safetensors {
  const kind = format === modelFormat ? "a CLIDiM model" : "a CLIDiM checkpoint";
  let file: Safetensors;
  try {
    file = readSafetensors(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${name}: expected ${kind} (safetensors), but it cannot be read: ${reason}`, {
      cause,
    });
  }
  const { format: found, version } = file.metadata;
  if (found !== format) {
    const other =
      found === checkpointFormat
        ? "a CLIDiM checkpoint; use the model.safetensors beside it"
        : found === modelFormat
          ? "a CLIDiM model; use the checkpoint.safetensors beside it"
          : `a safetensors file of another kind (format ${JSON.stringify(found ?? "not given")})`;
    throw new InputError(`${name}: expected ${kind}, got ${other}`);
  }
  if (!(Number(version) <= formatVersion)) {
    throw new InputError(
      `${name}: has version ${version ?? "not given"} of its format, this program reads up to ${formatVersion}; install a newer one`,
    );
  }
  return file;
}

function parseJson(name: string, member: string, { metadata }: Safetensors): unknown {
  try {
    return JSON.parse(metadata[member] ?? "");
  } catch (cause) {
    throw new InputError(`${name}: the metadata's ${member} is missing or not JSON; the file is damaged`, {
      cause,
    });
  }
}

/** Turns what reading `name` runs into an `InputError` that starts with the name. */
function within<T>(name: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    throw new InputError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/**
 * The model in a file written by `exportModel`; `name` is what messages call the file. Throws an `InputError` for anything else: no
 * safetensors, another kind of model, a method that is not among `methods`, a later version, metadata or tensors that are missing or do not fit.
 */
export function importModel(bytes: Uint8Array, methods: MethodRegistry, name = "model"): Model {
  const file = open(bytes, name, modelFormat);
  const method = within(name, () => methods.trainedAs(file.metadata.method ?? firstMethod));
  const described = parseJson(name, "configuration", file);
  const configuration = within(name, () => parseConfiguration(method, described));
  const normalization = normalizationSchema.safeParse(parseJson(name, "normalization", file));
  if (!normalization.success) {
    throw new InputError(
      `${name}: the metadata's normalization is not one: ${z.prettifyError(normalization.error)}`,
    );
  }
  const provenance = z.record(z.string(), z.unknown()).safeParse(parseJson(name, "provenance", file));
  return {
    method,
    configuration,
    normalization: normalization.data,
    provenance: provenance.success ? provenance.data : {},
    variables: within(name, () => importStateDict(method.template(configuration), file.tensors)),
  };
}

/** The state as it lies in a checkpoint: what the method keeps stands beside the rest, not below it. */
const laidOut = <S>({ method, ...rest }: TrainingState<S>): Tree<Tensor> =>
  ({ ...method, ...rest }) as Tree<Tensor>; // of tensors, as both parts are

/**
 * Every tensor of a training state, bit by bit, under its path (`generator.params.down1.conv.weight`, `metrics.sums.l1`), as a safetensors file.
 * `extra` goes into the metadata.
 */
export async function exportCheckpoint<S>(
  method: Pick<TrainedMethod, "name" | "version">,
  state: TrainingState<S>,
  extra: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  return writeSafetensors(await toHost(Object.fromEntries(leavesWithPaths(laidOut(state)))), {
    ...extra,
    format: checkpointFormat,
    version: String(formatVersion),
    method: methodId(method),
  });
}

export interface Checkpoint<S> {
  readonly state: TrainingState<S>;
  readonly extra: Readonly<Record<string, string>>;
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
  const { tensors, metadata } = open(bytes, name, checkpointFormat);
  const { format: _format, version: _version, method: made = firstMethod, ...extra } = metadata;
  if (made !== methodId(method)) {
    throw new InputError(
      `${name}: is of method ${made}, expected ${methodId(method)}; resume with the method that the run was started with`,
    );
  }
  // Its values are never computed; it gives the names, shapes and dtypes.
  const template = initialTrainingState(method, configuration, 0);
  const places = leavesWithPaths(laidOut(template));
  const expected = new Set(places.map(([path]) => path));
  const left = Object.keys(tensors).find((path) => !expected.has(path));
  if (left !== undefined)
    throw new InputError(`${name}: holds ${left}, which this configuration has no place for`);
  const leaves = places.map(([path, { shape, dtype }]) => {
    const found = tensors[path];
    if (!found) throw new InputError(`${name}: has no ${path}, which this configuration needs`);
    if (found.dtype !== dtype || formatShape(found.shape) !== formatShape(shape)) {
      throw new InputError(
        `${name}: ${path} is ${found.dtype} ${formatShape(found.shape)}, but this configuration needs ${dtype} ${formatShape(shape)}; ` +
          "resume with the configuration that the run was started with",
      );
    }
    return tensor(found.data, found);
  });
  // The method's leaves come first, so that they are in the same order with and without its record; unflatten puts them back where they were found.
  const state = unflatten(flatten(asTree(template)).structure, leaves) as TrainingState<S>;
  return { state, extra };
}

/** A state is a tree of tensors, whatever the method keeps. */
const asTree = <S>(state: TrainingState<S>): Tree<Tensor> => state as unknown as Tree<Tensor>;
