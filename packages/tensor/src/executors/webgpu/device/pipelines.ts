import { waitPatiently } from "#gpu";
import { DeviceError } from "../../../deviceError.js";
import type { GPUBindGroupLayout, GPUComputePipeline, GPUDevice } from "./gpuTypes.js";
import type { BindingKind, KernelSource } from "./kernelSource.js";

/** A compiled kernel with the layout of its only bind group. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** How far the kernels are that are compiled at once: those asked for since the last time that there were none to wait for. */
export interface Compilation {
  readonly done: number;
  readonly total: number;
}

/** GPUShaderStage.COMPUTE. */
const computeStage = 0x4;

const layoutEntry = (kind: BindingKind, binding: number): GPUBindGroupLayoutEntry => {
  const base = { binding, visibility: computeStage };
  switch (kind) {
    case "read":
      return { ...base, buffer: { type: "read-only-storage" } };
    case "write":
      return { ...base, buffer: { type: "storage" } };
    case "turn":
      return { ...base, buffer: { type: "read-only-storage", hasDynamicOffset: true } };
    case "uniform":
      return { ...base, buffer: { type: "uniform" } };
    case "texture-read":
      return { ...base, storageTexture: { access: "read-only", format: "rgba32float" } };
    case "texture-write":
      return { ...base, storageTexture: { access: "write-only", format: "rgba32float" } };
    default:
      throw new Error(`unknown binding kind ${kind satisfies never}`);
  }
};

/** The compiled kernels of a device by their text, and the layouts of their bind groups by signature. */
export class Pipelines {
  readonly #gpu: GPUDevice;
  readonly #assertAlive: () => void;
  readonly #compiled: Map<string, Promise<Pipeline>> = new Map();
  readonly #layouts: Map<string, GPUBindGroupLayout> = new Map();
  readonly #watchers: Set<(compilation: Compilation) => void> = new Set();
  #compilation: Compilation = { done: 0, total: 0 };

  /** `assertAlive` throws where the device cannot be used any more. */
  constructor(gpu: GPUDevice, assertAlive: () => void) {
    this.#gpu = gpu;
    this.#assertAlive = assertAlive;
  }

  get size(): number {
    return this.#compiled.size;
  }

  /** Calls `watcher` whenever a kernel has been compiled, until the function that is returned is called. */
  watch(watcher: (compilation: Compilation) => void): () => void {
    // Of its own: the same function may watch twice.
    const own = (compilation: Compilation): void => watcher(compilation);
    this.#watchers.add(own);
    return () => this.#watchers.delete(own);
  }

  /** Compiles a kernel, or returns the one that has the same text. */
  get(kernel: KernelSource): Promise<Pipeline> {
    const key = `${kernel.bindings.join()};${kernel.immediateSize}\n${kernel.code}`;
    let compiled = this.#compiled.get(key);
    if (!compiled) {
      const { done, total } = this.#compilation;
      this.#compilation = { done, total: total + 1 };
      compiled = this.#compile(kernel).finally(() => this.#finished());
      this.#compiled.set(key, compiled);
      compiled.catch(() => this.#compiled.delete(key));
    }
    return compiled;
  }

  #finished(): void {
    const compilation = { ...this.#compilation, done: this.#compilation.done + 1 };
    this.#compilation = compilation.done === compilation.total ? { done: 0, total: 0 } : compilation;
    for (const watcher of this.#watchers) watcher(compilation);
  }

  #layout(bindings: readonly BindingKind[]): GPUBindGroupLayout {
    const key = bindings.join();
    let layout = this.#layouts.get(key);
    if (!layout) {
      layout = this.#gpu.createBindGroupLayout({ entries: bindings.map(layoutEntry) });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  async #compile(kernel: KernelSource): Promise<Pipeline> {
    this.#assertAlive();
    // What is wrong with a kernel is said by the promises below, and to nobody else.
    this.#gpu.pushErrorScope("validation");
    const layout = this.#layout(kernel.bindings);
    const module = this.#gpu.createShaderModule({ label: kernel.label, code: kernel.code });
    const descriptor: GPUPipelineLayoutDescriptor & { immediateSize: number } = {
      bindGroupLayouts: [layout],
      immediateSize: kernel.immediateSize,
    };
    const pipelineLayout = this.#gpu.createPipelineLayout(descriptor);
    const invalid = this.#gpu.popErrorScope().catch(() => null);
    // Without validation Dawn goes on with a module that has errors, and crashes.
    const { messages } = await waitPatiently(module.getCompilationInfo());
    const errors = messages.filter((message) => message.type === "error");
    if (errors.length > 0) {
      const lines = kernel.code.split("\n");
      const details = errors.map(
        (m) => `${m.lineNum}:${m.linePos} ${m.message}\n  ${lines[m.lineNum - 1] ?? ""}`,
      );
      throw new Error(`Device: kernel ${kernel.label} does not compile: ${details.join("\n")}`);
    }
    const refused = await invalid;
    if (refused) throw new DeviceError("validation", `kernel ${kernel.label}: ${refused.message}`);
    try {
      const pipeline = await waitPatiently(
        this.#gpu.createComputePipelineAsync({
          label: kernel.label,
          layout: pipelineLayout,
          compute: { module, entryPoint: "main" },
        }),
      );
      return { pipeline, layout };
    } catch (error) {
      this.#assertAlive();
      throw new DeviceError("validation", `kernel ${kernel.label}: ${(error as Error).message}`);
    }
  }
}
