import type { KernelSource } from "../kernels/step.js";
import type { Lowered, ResourceSpec } from "./lower.js";

/**
 * Each kernel's parameters move to a uniform, which every implementation of WebGPU has and which costs no call of its own per command. It becomes the kernel's last
 * binding. The numbers of a step never change, so the buffer is filled once.
 */
export function immediatesToUniforms(lowered: Lowered): Lowered {
  const resources: ResourceSpec[] = [...lowered.resources];
  const kernels = new Map<KernelSource, KernelSource>();
  const steps = lowered.steps.map((step) => {
    if (step.kind !== "dispatch" || step.kernel.immediateSize === 0) return step;
    const kernel = kernels.get(step.kernel) ?? withUniform(step.kernel);
    kernels.set(step.kernel, kernel);
    const uniform = resources.push({ kind: "uniform", words: step.immediates }) - 1;
    return { ...step, kernel, resources: [...step.resources, uniform], immediates: new Uint32Array(0) };
  });
  return { ...lowered, steps, resources };
}

function withUniform(kernel: KernelSource): KernelSource {
  const binding = kernel.bindings.length;
  return {
    label: kernel.label,
    code: kernel.code.replace("var<immediate>", `@group(0) @binding(${binding}) var<uniform>`),
    bindings: [...kernel.bindings, "uniform"],
    immediateSize: 0,
  };
}
