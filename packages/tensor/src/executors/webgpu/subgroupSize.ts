import trialSource from "../../../../../shaders/subgroupSize.wgsl?raw";
import type { AdapterTraits } from "./device/adapterTraits.js";
import type { GPUAdapterInfo, GPUDevice } from "./device/gpuTypes.js";
import { preprocess } from "./kernels/preprocess.js";

/**
 * The subgroups of a device: of the only size that its adapter has, else of the smallest that a kernel can ask for. Registers are of a fixed number per subgroup on some GPUs (Intel), so that the smallest
 * has the most of them per invocation, and tiles fit; on others (RDNA) small ones can issue two operations at once. Some sizes between the smallest and the largest may not exist, which only compiling tells.
 */
export async function subgroupsOf(
  gpu: GPUDevice,
  { subgroupMinSize, subgroupMaxSize }: GPUAdapterInfo,
  features: ReadonlySet<string>,
): Promise<Pick<AdapterTraits, "subgroupSize" | "asksForSubgroups">> {
  // Absent in implementations that predate subgroups.
  const [smallest, largest] = [subgroupMinSize ?? 0, subgroupMaxSize ?? 0];
  if (smallest === largest) return { subgroupSize: smallest, asksForSubgroups: false };
  if (smallest > 0 && features.has("subgroups") && features.has("subgroup-size-control")) {
    for (let size = smallest; size <= largest; size *= 2)
      if (await compiles(gpu, size)) return { subgroupSize: size, asksForSubgroups: true };
  }
  return { subgroupSize: 0, asksForSubgroups: false };
}

async function compiles(gpu: GPUDevice, size: number): Promise<boolean> {
  const code = preprocess(trialSource, { SIZE: size });
  try {
    const module = gpu.createShaderModule({ label: "subgroup size", code });
    await gpu.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint: "main" } });
    return true;
  } catch {
    return false;
  }
}
