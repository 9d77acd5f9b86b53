import type { Normalization } from "@clidim/imaging";
import { InputError } from "@clidim/imaging";
import { exportStateDict, importStateDict } from "@clidim/nn";
import { type HostTensor, readSafetensors, type Safetensors } from "@clidim/tensor";
import { z } from "zod";
import { parseConfiguration } from "../configuration/configuration.js";
import { type MethodVariables, methodId, type TrainedMethod } from "../protocol/method.js";
import type { MethodRegistry } from "../protocol/registry.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import {
  fileFormats,
  firstMethod,
  formatVersion,
  openDescribed,
  toHost,
  writeDescribed,
} from "./describedSafetensors.js";
import { type FluxCalibration, fluxCalibrationSchema } from "./fluxCalibration.js";
import { type ModelBlend, modelBlendSchema } from "./modelBlend.js";
import { type ModelUncertainty, modelUncertaintySchema } from "./modelUncertainty.js";

/** What a model file says about itself beside its weights. */
export interface ModelDescription {
  readonly method: TrainedMethod;
  readonly configuration: RunConfiguration;
  /** The map from grey values, or from `units`, that the network was trained with. */
  readonly normalization: Normalization;
  /** Of a network of images in units of their own noise (`NoiseUnits`), which serves every camera and exposure; absent: grey values. */
  readonly units?: "noise";
  /** Where the model comes from: data, seed, versions; any JSON. */
  readonly provenance: Readonly<Record<string, unknown>>;
  /** How large its errors were on held-out pages, where that was measured. */
  readonly uncertainty?: ModelUncertainty;
  /** What its results are corrected by, where that was fitted. */
  readonly fluxCalibration?: FluxCalibration;
  /** The method without training that its results are a mean with, where that was fitted. */
  readonly blend?: ModelBlend;
}

/** What is measured of a model after its training. */
export type ModelCalibrations = Pick<ModelDescription, "uncertainty" | "fluxCalibration" | "blend">;

/** A trained network with what its file says of it. */
export interface Model extends ModelDescription {
  readonly variables: MethodVariables;
  /**
   * Of a network of another program: whether it is given grey values as they are, what normalises them being `within` it, or those of each image in its own range (the `normalization` of the configuration). What it was trained on is not known but for `trainedRange`, so that images are not compared with it.
   */
  readonly normalizes?: "within" | "each image";
  /** Of one that normalises within, the normalisation that its file says it was trained with: images that are unlike it are told of. */
  readonly trainedRange?: Normalization;
  /** Its file has no checksum, as those of before: a weight that is damaged would not be noticed. */
  readonly unchecked?: true;
}

/** A fitted normalisation as files have it. */
export const normalizationSchema: z.ZodType<Normalization> = z.object({
  mode: z.enum(["percentile", "minmax", "standard"]),
  low: z.number(),
  high: z.number(),
  lowPercent: z.number(),
  highPercent: z.number(),
  bound: z.number().positive(),
  centre: z.number().exactOptional(),
});

/**
 * A trained network as a safetensors file: weights and running statistics under PyTorch's names and in its layouts (`down2.conv.weight` OIHW,
 * `up1.conv.weight` IOHW, `down2.norm.running_mean`), the description as JSON in the metadata (`configuration`,
 * `normalization`, `provenance`) beside `format`, `version`, `method` (`name@version`), `units` where they are not grey values, and `checksum`.
 */
export async function exportModel(
  variables: MethodVariables,
  { method, configuration, normalization, units, provenance, ...calibrations }: ModelDescription,
  { halves = false }: ExportModelOptions = {},
): Promise<Uint8Array> {
  const tensors = await toHost(exportStateDict(variables));
  return writeDescribed(halves ? inHalves(tensors) : tensors, {
    format: fileFormats.model,
    version: String(formatVersion),
    method: methodId(method),
    configuration: JSON.stringify(configuration),
    normalization: JSON.stringify(normalization),
    provenance: JSON.stringify(provenance),
    ...(units && { units }),
    ...calibrationMetadata(calibrations),
  });
}

export interface ExportModelOptions {
  /** Weights in half precision: half the file, each rounded to 11 bits. They are applied in f32 all the same. Default false. */
  readonly halves?: boolean;
}

const inHalves = (tensors: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      tensor.dtype === "f32" ? { ...tensor, dtype: "f16" } : tensor,
    ]),
  );

/** The model file with what was measured of it, its weights bit by bit the same. */
export function withCalibrations(bytes: Uint8Array, calibrations: ModelCalibrations): Uint8Array {
  const { tensors, metadata } = readSafetensors(bytes);
  return writeDescribed(tensors, { ...metadata, ...calibrationMetadata(calibrations) });
}

function calibrationMetadata({
  uncertainty,
  fluxCalibration,
  blend,
}: ModelCalibrations): Record<string, string> {
  return {
    ...(uncertainty && { uncertainty: JSON.stringify(uncertainty) }),
    ...(fluxCalibration && { fluxCalibration: JSON.stringify(fluxCalibration) }),
    ...(blend && { blend: JSON.stringify(blend) }),
  };
}

/** The model file with more in its provenance, its weights bit by bit the same. */
export function withProvenance(bytes: Uint8Array, more: ModelDescription["provenance"]): Uint8Array {
  const { tensors, metadata } = readSafetensors(bytes);
  const before: unknown = JSON.parse(metadata.provenance ?? "{}");
  return writeDescribed(tensors, {
    ...metadata,
    provenance: JSON.stringify({ ...Object(before), ...more }),
  });
}

/**
 * The model in a file written by `exportModel`; `name` is what messages call the file. Throws an `InputError` for anything else: no
 * safetensors, a damaged file, weights that are no numbers, another kind of model, a method that is not among `methods`, a later version, metadata or tensors that are missing or do not fit.
 */
export function importModel(bytes: Uint8Array, methods: MethodRegistry, name = "model"): Model {
  const file = openDescribed(bytes, name, "model");
  const method = within(name, () => methods.trainedAs(file.metadata.method ?? firstMethod));
  const described = parseJson(name, "configuration", file);
  const configuration = within(name, () => parseConfiguration(method, described));
  const normalization = normalizationSchema.safeParse(parseJson(name, "normalization", file));
  if (!normalization.success) {
    throw new InputError(
      `${name}: the metadata's normalization is not one: ${z.prettifyError(normalization.error)}`,
    );
  }
  const uncertainty = optionalMember(name, "uncertainty", file, modelUncertaintySchema);
  const fluxCalibration = optionalMember(name, "fluxCalibration", file, fluxCalibrationSchema);
  const blend = optionalMember(name, "blend", file, modelBlendSchema);
  const { units } = file.metadata;
  if (units !== undefined && units !== "noise") {
    throw new InputError(
      `${name}: is of images in units of ${JSON.stringify(units)}, this program knows grey values and those of the noise; install a newer one`,
    );
  }
  checkFinite(name, file.tensors);
  const provenance = z.record(z.string(), z.unknown()).safeParse(parseJson(name, "provenance", file));
  return {
    method,
    configuration,
    normalization: normalization.data,
    provenance: provenance.success ? provenance.data : {},
    ...(units && { units }),
    ...(uncertainty && { uncertainty }),
    ...(fluxCalibration && { fluxCalibration }),
    ...(blend && { blend }),
    variables: within(name, () => importStateDict(method.template(configuration), file.tensors)),
    ...(file.metadata.checksum === undefined && { unchecked: true }),
  };
}

/** Weights that are no numbers make nothing but such pixels. */
function checkFinite(name: string, tensors: Readonly<Record<string, HostTensor>>): void {
  for (const [weights, { data }] of Object.entries(tensors)) {
    const bad = data.find((value) => !Number.isFinite(Number(value)));
    if (bad === undefined) continue;
    throw new InputError(
      `${name}: its weights ${weights} hold ${bad}, expected finite numbers; the file is damaged, or its training diverged: take another copy of it, or train it again`,
    );
  }
}

/** What older files, and those of models that were not measured, do not have. */
function optionalMember<T>(
  name: string,
  member: string,
  file: Safetensors,
  schema: z.ZodType<T>,
): T | undefined {
  if (file.metadata[member] === undefined) return undefined;
  const found = schema.safeParse(parseJson(name, member, file));
  if (found.success) return found.data;
  throw new InputError(`${name}: the metadata's ${member} is not one: ${z.prettifyError(found.error)}`);
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
