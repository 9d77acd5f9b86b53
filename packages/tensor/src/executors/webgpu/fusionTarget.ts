import type { FusionTarget } from "../fusion/target.js";
import type { AdapterTraits } from "./device/adapterTraits.js";
import { sharesOf } from "./kernels/shareOut.js";

/** What kernels on an adapter take together. */
export const fusionTarget = (traits: AdapterTraits): FusionTarget => ({
  maxBuffers: traits.limits.maxStorageBuffersPerShaderStage,
  gpu: traits.kind === "gpu",
  sharesOf: (node, operand) => sharesOf(node, operand, traits),
});
