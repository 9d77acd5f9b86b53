import type { Normalization } from "@clidim/imaging";
import { InputError } from "@clidim/imaging";
import { exportStateDict, importStateDict } from "@clidim/nn";
import {
  evaluate,
  flatten,
  formatShape,
  type HostTensor,
  key,
  leavesWithPaths,
  readSafetensors,
  type Safetensors,
  type Tensor,
  tensor,
  unflatten,
  writeSafetensors,
} from "@clidim/tensor";
import { z } from "zod";
import { type Configuration, parseConfiguration } from "../config/configuration.js";
import type { GeneratorVariables } from "../model/generator.js";
import { generatorOf } from "../model/networks.js";
import { initialTrainingState, type TrainingState } from "./state.js";

/** What a model file says about itself beside its weights. */
export interface ModelDescription {
  readonly configuration: Configuration;
  /** The map from grey values that the network was trained with. */
  readonly normalization: Normalization;
  /** Where the model comes from: data, seed, versions; any JSON. */
  readonly provenance: Readonly<Record<string, unknown>>;
}

export interface Model extends ModelDescription {
  readonly variables: GeneratorVariables;
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

/**
 * A generator as a safetensors file: weights and running statistics under PyTorch's names and in its layouts (`down2.conv.weight` OIHW,
 * `up1.conv.weight` IOHW, `down2.norm.running_mean`), the description as JSON in the metadata (`configuration`,
 * `normalization`, `provenance`) beside `format` and `version`.
 */
export async function exportModel(
  variables: GeneratorVariables,
  { configuration, normalization, provenance }: ModelDescription,
): Promise<Uint8Array> {
  return writeSafetensors(await toHost(exportStateDict(variables)), {
    format: modelFormat,
    version: String(formatVersion),
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
 * safetensors, another kind of model, a later version, metadata or tensors that are missing or do not fit.
 */
export function importModel(bytes: Uint8Array, name = "model"): Model {
  const file = open(bytes, name, modelFormat);
  const described = parseJson(name, "configuration", file);
  const configuration = within(name, () => parseConfiguration(described));
  const normalization = normalizationSchema.safeParse(parseJson(name, "normalization", file));
  if (!normalization.success) {
    throw new InputError(
      `${name}: the metadata's normalization is not one: ${z.prettifyError(normalization.error)}`,
    );
  }
  const provenance = z.record(z.string(), z.unknown()).safeParse(parseJson(name, "provenance", file));
  const template = generatorOf(configuration).init(key(0), [1, configuration.crop, configuration.crop, 1]);
  return {
    configuration,
    normalization: normalization.data,
    provenance: provenance.success ? provenance.data : {},
    variables: within(name, () => importStateDict(template, file.tensors)),
  };
}

/**
 * Every tensor of a training state, bit by bit, under its path in the tree (`generator.params.down1.conv.weight`), as a safetensors file.
 * `extra` goes into the metadata.
 */
export async function exportCheckpoint(
  state: TrainingState,
  extra: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  return writeSafetensors(await toHost(Object.fromEntries(leavesWithPaths(state))), {
    ...extra,
    format: checkpointFormat,
    version: String(formatVersion),
  });
}

export interface Checkpoint {
  readonly state: TrainingState;
  readonly extra: Readonly<Record<string, string>>;
}

/**
 * The inverse of `exportCheckpoint`, for the configuration that the state was trained with; `name` is what messages call the file. Throws an
 * `InputError` for a file of another kind, and where tensors are missing, left over or of another shape.
 */
export function importCheckpoint(
  bytes: Uint8Array,
  configuration: Configuration,
  name = "checkpoint",
): Checkpoint {
  const { tensors, metadata } = open(bytes, name, checkpointFormat);
  const { format: _format, version: _version, ...extra } = metadata;
  // Its values are never computed; it gives the names, shapes and dtypes.
  const template = initialTrainingState(configuration, 0);
  const places = leavesWithPaths(template);
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
  // unflatten puts the leaves back where leavesWithPaths found them.
  const state = unflatten(flatten(template).structure, leaves) as TrainingState;
  return { state, extra };
}
