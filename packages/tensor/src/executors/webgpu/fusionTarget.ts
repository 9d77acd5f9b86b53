import type { FusionTarget } from "../fusion/target.js";
import type { AdapterTraits } from "./device/adapterTraits.js";
import { sharesOf, togetherSize } from "./kernels/shareOut.js";

/** More buffers are of little use to one kernel, whose registers and compilation grow with them; some drivers allow a million. */
const MOST_BUFFERS = 32;

/** What kernels on an adapter take together. Each reduction leaves a buffer, and shares a number of four bytes per invocation with its workgroup (`foldInWorkgroup`): as many as there is memory for. */
export const fusionTarget = (traits: AdapterTraits): FusionTarget => ({
  maxBuffers: Math.min(
    traits.limits.maxStorageBuffersPerShaderStage,
    Math.floor(traits.limits.maxComputeWorkgroupStorageSize / (4 * togetherSize)),
    MOST_BUFFERS,
  ),
  gpu: traits.kind === "gpu",
  sharesOf: (node, operand) => sharesOf(node, operand, traits),
});
