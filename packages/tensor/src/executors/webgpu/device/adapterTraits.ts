/** How kernels are chosen: what the adapter is good at, and what it allows. */
export interface AdapterTraits {
  /**
   * "software": a CPU behind Vulkan (llvmpipe), which wants no barriers, no workgroup memory and operands in storage
   * textures. "gpu": everything else.
   */
  readonly kind: "software" | "gpu";
  readonly limits: Readonly<Record<LimitName, number>>;
  readonly features: ReadonlySet<string>;
  /** Whether kernels can take parameters as WGSL immediates. */
  readonly immediates: boolean;
  /** Invocations that run in lockstep: what the adapter always takes, or what kernels can ask for; 0 where neither. */
  readonly subgroupSize: number;
  /** Whether kernels have to ask for that size: without, the driver takes another where it likes. */
  readonly asksForSubgroups: boolean;
  /**
   * The subgroup matrices that multiply halves and add up in f32, where the adapter has them and computes correctly with them:
   * left [rows, depth] by right [depth, columns].
   */
  readonly subgroupMatrix?: SubgroupMatrix;
}

export interface SubgroupMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** The limits that decide how a kernel is built; requested from the adapter as it has them. */
export const limitNames = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxStorageTexturesPerShaderStage",
  "maxTextureDimension2D",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupsPerDimension",
] as const;

export type LimitName = (typeof limitNames)[number];
