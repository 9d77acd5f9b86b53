import type { DeviceBuffer } from "./device/buffer.js";
import type { Device, Pipeline, Work } from "./device/device.js";
import type { Graph } from "./graph/graph.js";
import type { Resource, Step } from "./kernels/step.js";
import { type Fused, fuse } from "./passes/fuse.js";
import { immediatesToUniforms } from "./passes/immediatesToUniforms.js";
import { type Lowered, lower } from "./passes/lower.js";
import { type Plan, plan } from "./passes/plan.js";
import { simplify } from "./passes/simplify.js";
import type { Aval } from "./shape.js";

/** Switches of the compiler's passes, all on by default; results agree whichever are off. */
export interface CompilerOptions {
  readonly simplify?: boolean;
  readonly fuse?: boolean;
  readonly inPlace?: boolean;
  readonly reuseMemory?: boolean;
  /** Parameters of kernels as immediates, instead of uniform buffers; by default where the device has them. */
  readonly immediates?: boolean;
}

/** A graph after every pass: what runs, on which memory. */
export interface CompiledGraph {
  readonly fused: Fused;
  readonly lowered: Lowered;
  readonly plan: Plan;
}

/** The passes in order: simplify, fuse, lower, plan memory. */
export function compileGraph(
  graph: Graph,
  device: Device,
  donated: readonly boolean[],
  options: CompilerOptions = {},
): CompiledGraph {
  const { traits } = device;
  // A uniform buffer may join the storage buffers of a kernel, so none is held back for it.
  const maxBuffers = traits.limits.maxStorageBuffersPerShaderStage;
  const simplified = simplify(graph, options.simplify ?? true);
  const fused = fuse(simplified, { maxBuffers, enabled: options.fuse ?? true });
  const commands = lower(fused, { traits, donated, inPlace: options.inPlace ?? true });
  const lowered = (options.immediates ?? traits.immediates) ? commands : immediatesToUniforms(commands);
  return { fused, lowered, plan: plan(lowered, options.reuseMemory ?? true) };
}

/** Bind groups remembered per dispatch; buffers alternate between few places. */
const maxBindGroups = 8;

interface Command {
  readonly step: Step;
  readonly pipeline: Pipeline | undefined;
  /** Bind groups by the identity of the buffers that come from outside. */
  readonly bindGroups: Map<string, GPUBindGroup>;
  /** The resources that differ from run to run. */
  readonly external: readonly Resource[];
}

/** Returns the memory of programs that nothing refers to any more, such as those of a function that `compile` made. */
const dropped = new FinalizationRegistry(
  ({ device, buffers }: { readonly device: Device; readonly buffers: readonly GPUBuffer[] }) => {
    for (const buffer of buffers) device.pool.release(buffer);
  },
);

const bufferIds = new WeakMap<GPUBuffer, number>();
let nextBufferId = 0;
function bufferId(buffer: GPUBuffer): number {
  let id = bufferIds.get(buffer);
  if (id === undefined) {
    id = nextBufferId++;
    bufferIds.set(buffer, id);
  }
  return id;
}

/** GPUTextureUsage.COPY_DST | STORAGE_BINDING and GPUBufferUsage.UNIFORM | COPY_DST. */
const textureUsage = 0x02 | 0x08;
const uniformUsage = 0x40 | 0x08;

/** A flat list of commands with memory of its own: what `compile` replays. */
export class Program {
  readonly device: Device;
  readonly compiled: CompiledGraph;
  readonly #commands: readonly Command[];
  /** Per resource of the program's own: what is bound for it. */
  readonly #owned: readonly (GPUBuffer | GPUTexture | undefined)[];
  readonly #views: Map<GPUTexture, GPUTextureView> = new Map();
  readonly #buffers: readonly GPUBuffer[];
  readonly #work: Work = { milliseconds: 1, runs: 0 };

  private constructor(
    device: Device,
    compiled: CompiledGraph,
    commands: readonly Command[],
    owned: readonly (GPUBuffer | GPUTexture | undefined)[],
    buffers: readonly GPUBuffer[],
  ) {
    this.device = device;
    this.compiled = compiled;
    this.#commands = commands;
    this.#owned = owned;
    this.#buffers = buffers;
    dropped.register(this, { device, buffers }, this);
  }

  /** Compiles every kernel at once and allocates every intermediate. */
  static async build(
    graph: Graph,
    device: Device,
    donated: readonly boolean[],
    options: CompilerOptions = {},
  ): Promise<Program> {
    const compiled = compileGraph(graph, device, donated, options);
    const { lowered, plan: memory } = compiled;
    const pipelines = await Promise.all(
      lowered.steps.map((step) => (step.kind === "dispatch" ? device.pipeline(step.kernel) : undefined)),
    );
    const buffers: GPUBuffer[] = [];
    const slots = memory.slots.map((slot) => {
      if (slot.kind === "buffer") {
        const buffer = device.pool.acquire(slot.byteLength);
        buffers.push(buffer);
        return buffer;
      }
      return device.gpu.createTexture({
        size: [slot.width, slot.height],
        format: "rgba32float",
        usage: textureUsage,
      });
    });
    const owned = lowered.resources.map((spec, resource) => {
      if (spec.kind === "uniform") {
        const size = Math.ceil(spec.words.byteLength / 16) * 16;
        const buffer = device.gpu.createBuffer({ size, usage: uniformUsage });
        device.gpu.queue.writeBuffer(buffer, 0, spec.words);
        return buffer;
      }
      const slot = memory.slotOf[resource];
      return slot === undefined ? undefined : slots[slot];
    });
    const commands = lowered.steps.map((step, k): Command => {
      const external = step.kind === "dispatch" ? step.resources.filter((resource) => !owned[resource]) : [];
      return { step, pipeline: pipelines[k], bindGroups: new Map(), external };
    });
    return new Program(device, compiled, commands, owned, buffers);
  }

  /**
   * Records and submits every command; does not wait. Returns one buffer per output: a new one, or that of a donated input
   * whose memory was taken over.
   */
  run(inputs: readonly DeviceBuffer[]): DeviceBuffer[] {
    const { device } = this;
    device.assertAlive();
    const { lowered } = this.compiled;
    const outputs = new Map<Resource, DeviceBuffer>();
    for (const resource of lowered.outputs) {
      const spec = lowered.resources[resource]!;
      if (spec.kind === "output" && !outputs.has(resource))
        outputs.set(resource, device.allocate(spec.byteLength));
    }
    const bound = (resource: Resource): GPUBuffer | GPUTexture => {
      const own = this.#owned[resource];
      if (own) return own;
      const spec = lowered.resources[resource]!;
      return spec.kind === "input" ? inputs[spec.index]!.buffer : outputs.get(resource)!.buffer;
    };

    const encoder = device.gpu.createCommandEncoder();
    let pass: GPUComputePassEncoder | undefined;
    let current: GPUComputePipeline | undefined;
    for (const command of this.#commands) {
      const { step, pipeline } = command;
      if (step.kind === "copyToTexture") {
        pass?.end();
        pass = undefined;
        const texture = bound(step.texture) as GPUTexture;
        encoder.copyBufferToTexture(
          { buffer: bound(step.source) as GPUBuffer, bytesPerRow: texture.width * 16 },
          { texture },
          [texture.width, texture.height],
        );
        continue;
      }
      if (!pass) {
        const timestampWrites = device.profiler?.next(step.kernel.label, step.flops ?? 0);
        pass = encoder.beginComputePass(timestampWrites ? { timestampWrites } : {});
        current = undefined;
      }
      if (pipeline!.pipeline !== current) {
        current = pipeline!.pipeline;
        pass.setPipeline(current);
      }
      pass.setBindGroup(0, this.#bindGroup(command, step, bound));
      if (step.kernel.immediateSize > 0) setImmediates(pass, step.immediates);
      pass.dispatchWorkgroups(...step.workgroups);
      device.dispatches++;
      if (device.profiler) {
        pass.end();
        pass = undefined;
      }
    }
    pass?.end();
    device.gpu.queue.submit([encoder.finish()]);
    device.submitted(this.#work);
    return lowered.outputs.map((resource) => {
      const spec = lowered.resources[resource]!;
      return spec.kind === "input" ? inputs[spec.index]! : outputs.get(resource)!;
    });
  }

  #bindGroup(
    command: Command,
    step: Step & { kind: "dispatch" },
    bound: (resource: Resource) => GPUBuffer | GPUTexture,
  ): GPUBindGroup {
    const { bindGroups, external, pipeline } = command;
    const key = external.map((resource) => bufferId(bound(resource) as GPUBuffer)).join();
    let group = bindGroups.get(key);
    if (!group) {
      group = this.device.gpu.createBindGroup({
        layout: pipeline!.layout,
        entries: step.resources.map((resource, binding) => ({
          binding,
          resource: this.#binding(bound(resource)),
        })),
      });
      this.device.bindGroupsCreated++;
      if (bindGroups.size >= maxBindGroups) bindGroups.delete(bindGroups.keys().next().value!);
      bindGroups.set(key, group);
    }
    return group;
  }

  #binding(resource: GPUBuffer | GPUTexture): GPUBindingResource {
    if (!("createView" in resource)) return { buffer: resource };
    let view = this.#views.get(resource);
    if (!view) {
      view = resource.createView();
      this.#views.set(resource, view);
    }
    return view;
  }

  /** Shape and dtype of each output. */
  get outputs(): readonly Aval[] {
    const { graph } = this.compiled.fused;
    return graph.outputs.map((output) => graph.nodes[output]!);
  }

  /** Returns the intermediates' memory to the device. */
  release(): void {
    dropped.unregister(this);
    for (const buffer of this.#buffers) this.device.pool.release(buffer);
  }
}

/** `setImmediates` is newer than the published types. */
function setImmediates(pass: GPUComputePassEncoder, words: Uint32Array): void {
  (pass as GPUComputePassEncoder & { setImmediates(offset: number, data: Uint32Array): void }).setImmediates(
    0,
    words,
  );
}
