import type { KernelSource } from "../device/kernelSource.js";
import type { BoundStep, Kernel, Resource, Step } from "../kernels/step.js";

/** A kernel's immediates are at most 64 bytes. */
const mostImmediates = 16;

export interface ParameterOptions {
  /** Whether parameters go to immediates, where they are few enough: which costs a call per command. */
  readonly immediates: boolean;
  /** A uniform buffer with fixed contents. */
  readonly uniform: (words: Uint32Array) => Resource;
}

/**
 * Declares the parameters that a kernel reads from `p`: as immediates, or in a uniform buffer, which every implementation of WebGPU has. It becomes the kernel's last
 * binding. The numbers of a step never change, so the buffer is filled once.
 */
export function bindParameters(step: Step, { immediates, uniform }: ParameterOptions): BoundStep {
  if (step.kind !== "dispatch") return step;
  const { kernel, parameters, ...dispatch } = step;
  if (immediates && parameters.length <= mostImmediates) {
    const source = declare(kernel, "var<immediate>");
    return {
      ...dispatch,
      kernel: { ...source, bindings: kernel.bindings, immediateSize: parameters.byteLength },
      immediates: parameters,
    };
  }
  const source = declare(kernel, `@group(0) @binding(${kernel.bindings.length}) var<uniform>`);
  return {
    ...dispatch,
    resources: [...step.resources, uniform(parameters)],
    kernel: { ...source, bindings: [...kernel.bindings, "uniform"], immediateSize: 0 },
    immediates: new Uint32Array(0),
  };
}

/** Declarations of a module are in any order; at its end this one precedes no directive. */
const declare = ({ label, code }: Kernel, variable: string): Pick<KernelSource, "label" | "code"> => ({
  label,
  code: `${code}\n${variable} p: Parameters;\n`,
});
