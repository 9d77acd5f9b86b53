import { adapterNames, alwaysValidates, noAdapterHint, openGpu } from "#gpu";
import { type AdapterTraits, type LimitName, limitNames } from "./device/adapterTraits.js";
import type { GPUAdapterInfo, GPUDevice } from "./device/gpuTypes.js";
import { Pipelines } from "./device/pipelines.js";
import { subgroupMatricesWork, subgroupMatrixOf } from "./subgroupMatrix.js";
import { subgroupsOf } from "./subgroupSize.js";

export interface DeviceOptions {
  /** Part of the adapter's name, where there are several; the most powerful one otherwise. */
  readonly adapter?: string;
  /** Checks every call and clamps every access in shaders. Slower; for debugging and for tests. Default false. */
  readonly validation?: boolean;
  /** WebGPU features that must be there, beside those that kernels use where they are. */
  readonly features?: readonly string[];
  /** Limits other than the adapter's own, which are the default: lower ones, to see what a smaller device would refuse. */
  readonly limits?: Partial<Record<LimitName, number>>;
  /** Overrides how kernels are chosen; by default from the adapter. */
  readonly kernels?: "software" | "gpu";
}

/** What was opened. */
export interface OpenedAdapter {
  readonly gpu: GPUDevice;
  readonly info: GPUAdapterInfo;
  readonly traits: AdapterTraits;
  /** Whether WebGPU checks every call. */
  readonly validates: boolean;
}

/** The names of all adapters. */
export const listAdapters: () => Promise<string[]> = adapterNames;

const wantedFeatures = [
  "timestamp-query",
  "shader-f16",
  "subgroups",
  "subgroup-size-control",
  "chromium-experimental-subgroup-matrix",
];

/**
 * Opens an adapter with its own limits (the WebGPU defaults are small) and the features that kernels can use.
 * Rejects with a hint when there is none.
 */
export async function openAdapter(options: DeviceOptions): Promise<OpenedAdapter> {
  const validation = options.validation ?? false;
  const source = await openGpu({
    validation,
    ...(options.adapter === undefined ? {} : { adapter: options.adapter }),
  });
  const adapter = await source.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error(`Device.open: ${noAdapterHint}`);
  const limits = {} as Record<LimitName, number>;
  for (const name of limitNames) {
    const offered = adapter.limits[name];
    const value = options.limits?.[name] ?? offered;
    // Absent in implementations that predate the limit.
    if (value === undefined) continue;
    if (value > offered) {
      throw new Error(
        `Device.open: ${name} ${value} was asked for, but ${adapter.info.description} offers ${offered}`,
      );
    }
    limits[name] = value;
  }
  const required = options.features ?? [];
  const missing = required.filter((name) => !adapter.features.has(name));
  if (missing.length > 0) {
    throw new Error(
      `Device.open: ${adapter.info.description} lacks ${missing.join(", ")}; it has ${[...adapter.features].join(", ")}`,
    );
  }
  const useful = wantedFeatures.filter((name) => adapter.features.has(name));
  const features = [...new Set([...useful, ...required])];
  const gpu = await adapter.requestDevice({
    // The experimental names are not in the published union of feature names.
    requiredFeatures: features as GPUFeatureName[],
    requiredLimits: limits,
  });
  const info = adapter.info;
  const software =
    /llvmpipe|lavapipe|swiftshader/i.test(`${info.description} ${info.device} ${info.architecture}`) ||
    info.isFallbackAdapter === true;
  // What is refused while things are tried is no fault of a later call.
  gpu.onuncapturederror = () => undefined;
  const traits: AdapterTraits = {
    kind: options.kernels ?? (software ? "software" : "gpu"),
    limits,
    features: new Set(features),
    immediates: source.wgslLanguageFeatures.has("immediate_address_space"),
    ...(await subgroupsOf(gpu, info, new Set(features))),
  };
  const validates = validation || alwaysValidates;
  return { gpu, info, traits: await withSubgroupMatrix(gpu, info, traits), validates };
}

/** The traits with the subgroup matrices that the adapter lists, where a product with them is right. */
async function withSubgroupMatrix(
  gpu: GPUDevice,
  info: GPUAdapterInfo,
  traits: AdapterTraits,
): Promise<AdapterTraits> {
  const { features, immediates } = traits;
  if (!features.has("chromium-experimental-subgroup-matrix") || !features.has("shader-f16") || !immediates)
    return traits;
  const subgroupMatrix = subgroupMatrixOf(info);
  if (!subgroupMatrix) return traits;
  const tried = { ...traits, subgroupMatrix };
  const pipelines = new Pipelines(gpu, () => undefined);
  const work = await subgroupMatricesWork({
    gpu,
    traits: tried,
    pipeline: (kernel) => pipelines.get(kernel),
  });
  return work ? tried : traits;
}
