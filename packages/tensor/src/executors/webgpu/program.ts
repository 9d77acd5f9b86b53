import type { Graph } from "../../graph/graph.js";
import { simplify } from "../../graph/simplify.js";
import type { Aval } from "../../shape.js";
import type { DeviceBuffer } from "./device/buffer.js";
import type { Device, Pipeline, Work } from "./device/device.js";
import { runsTexelKernels } from "./kernels/contractionTexels.js";
import type { BoundStep, Resource } from "./kernels/step.js";
import { foldWidth } from "./passes/foldWidth.js";
import { type Fused, fuse } from "./passes/fuse.js";
import { type Lowered, lower } from "./passes/lower.js";
import { type Plan, plan } from "./passes/plan.js";
import type { ResourceSpec } from "./passes/resources.js";

/** Switches of the compiler's passes, on by default but for those that say otherwise; results agree whichever are off. */
export interface CompilerOptions {
  readonly simplify?: boolean;
  /** Convolutions of few channels over folded rows. By default on software adapters, where it was measured. */
  readonly foldWidth?: boolean;
  readonly fuse?: boolean;
  /**
   * What uses a contraction, element by element, as part of its kernel; not without `fuse`. By default on GPUs: on a software adapter nothing is gained, and a first
   * step with an empty shader cache takes twice as long.
   */
  readonly epilogues?: boolean;
  readonly inPlace?: boolean;
  readonly reuseMemory?: boolean;
  /** Parameters of kernels as immediates, where the device has them, instead of a uniform buffer; not by default, as they cost a call per command. */
  readonly immediates?: boolean;
}

/** A graph after every pass: what runs, on which memory. */
export interface CompiledGraph {
  readonly fused: Fused;
  readonly lowered: Lowered;
  readonly plan: Plan;
}

/** The passes in order: fold rows of few channels, simplify, fuse, lower, plan memory. */
export function compileGraph(
  graph: Graph,
  device: Device,
  donated: readonly boolean[],
  options: CompilerOptions = {},
): CompiledGraph {
  const { traits } = device;
  const folded = (options.foldWidth ?? runsTexelKernels(traits)) ? foldWidth(graph) : graph;
  const simplified = simplify(folded, options.simplify ?? true);
  const fused = fuse(simplified, {
    traits,
    enabled: options.fuse ?? true,
    epilogues: options.epilogues ?? traits.kind === "gpu",
  });
  const lowered = lower(fused, {
    traits,
    tiles: device.tiles,
    donated,
    inPlace: options.inPlace ?? true,
    immediates: (options.immediates ?? false) && traits.immediates,
  });
  return { fused, lowered, plan: plan(lowered, options.reuseMemory ?? true) };
}

/** Combinations of outside buffers remembered; they alternate between few places. */
const maxRemembered = 8;

/** The entry of a small cache, made where it is missing in place of the oldest. */
function remember<V>(cache: Map<string, V>, key: string, make: () => V): V {
  let value = cache.get(key);
  if (value === undefined) {
    value = make();
    if (cache.size >= maxRemembered) cache.delete(cache.keys().next().value!);
    cache.set(key, value);
  }
  return value;
}

interface Command {
  readonly step: BoundStep;
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

/** Everything that a program allocates once. */
interface Memory {
  readonly owned: Bound;
  /** Buffers of the pool. */
  readonly buffers: readonly GPUBuffer[];
  readonly textures: readonly GPUTexture[];
  /** What all uniforms lie in, if there are any. */
  readonly uniforms: GPUBuffer | undefined;
}

/** Where a uniform lies. */
interface UniformPlace {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** What is bound, per resource; undefined where a resource comes from outside. */
type Bound = readonly (GPUBuffer | GPUTexture | UniformPlace | undefined)[];

/** Bindings of one buffer may start at multiples of this, on every implementation. */
const uniformAlignment = 256;

/** The numbers of all uniforms in one piece, and where each begins; what is the same lies there once. */
function layOutUniforms(resources: readonly ResourceSpec[]): {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly offsets: ReadonlyMap<Resource, number>;
} {
  const offsets = new Map<Resource, number>();
  const pieces = new Map<string, { readonly offset: number; readonly words: Uint32Array }>();
  let end = 0;
  resources.forEach((spec, resource) => {
    if (spec.kind !== "uniform") return;
    const key = spec.words.join();
    let piece = pieces.get(key);
    if (!piece) {
      piece = { offset: end, words: spec.words };
      pieces.set(key, piece);
      end += uniformAlignment * Math.ceil(spec.words.byteLength / uniformAlignment);
    }
    offsets.set(resource, piece.offset);
  });
  const words = new Uint32Array(end / 4);
  for (const piece of pieces.values()) words.set(piece.words, piece.offset / 4);
  return { words, offsets };
}

/** Where the results of one run go, by resource. */
export type Places = ReadonlyMap<Resource, DeviceBuffer>;

/** Returns places that no run has used to the pool. */
export const giveBack = (places: Places): void => {
  for (const place of places.values()) place.release();
};

/** A flat list of commands with memory of its own: what `compile` replays. */
export class Program {
  readonly device: Device;
  readonly compiled: CompiledGraph;
  /** Shape and dtype of each output. */
  readonly outputs: readonly Aval[];
  readonly #commands: readonly Command[];
  /** Bytes of intermediates. */
  readonly byteLength: number;
  readonly #memory: Memory;
  /** The resources that come from outside and that some command names. */
  readonly #external: readonly Resource[];
  /** The bind groups of every command, by the identity of what comes from outside. */
  readonly #recordings: Map<string, readonly (GPUBindGroup | undefined)[]> = new Map();
  readonly #views: Map<GPUTexture, GPUTextureView> = new Map();
  readonly #work: Work = { milliseconds: 1, runs: 0 };

  private constructor(device: Device, compiled: CompiledGraph, commands: readonly Command[], memory: Memory) {
    this.device = device;
    this.compiled = compiled;
    const { graph } = compiled.fused;
    this.outputs = graph.outputs.map((output) => graph.nodes[output]!);
    this.#commands = commands;
    this.#memory = memory;
    this.byteLength =
      memory.buffers.reduce((total, { size }) => total + size, 0) +
      memory.textures.reduce((total, { width, height }) => total + 16 * width * height, 0);
    this.#external = [...new Set(commands.flatMap((command) => command.external))];
    dropped.register(this, { device, buffers: memory.buffers }, this);
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
    const textures: GPUTexture[] = [];
    let uniforms: GPUBuffer | undefined;
    const { words, offsets } = layOutUniforms(lowered.resources);
    const allocate = (): Memory => {
      const slots = memory.slots.map((slot) => {
        if (slot.kind === "buffer") {
          const buffer = device.pool.acquire(slot.byteLength);
          buffers.push(buffer);
          return buffer;
        }
        const { width, height } = slot;
        const descriptor = { size: [width, height], format: "rgba32float", usage: textureUsage } as const;
        const texture = device.make(() => device.gpu.createTexture(descriptor));
        textures.push(texture);
        return texture;
      });
      const size = words.byteLength;
      const made =
        size > 0 ? device.make(() => device.gpu.createBuffer({ size, usage: uniformUsage })) : undefined;
      uniforms = made;
      const owned = lowered.resources.map((spec, resource) => {
        if (spec.kind === "uniform") {
          const length = 16 * Math.ceil(spec.words.byteLength / 16);
          return { buffer: made!, offset: offsets.get(resource)!, size: length };
        }
        const slot = memory.slotOf[resource];
        return slot === undefined ? undefined : slots[slot];
      });
      return { owned, buffers, textures, uniforms };
    };
    const undo = (): void => {
      for (const buffer of buffers.splice(0)) device.pool.release(buffer);
      for (const texture of textures.splice(0)) texture.destroy();
      uniforms?.destroy();
      uniforms = undefined;
    };
    const reserved = await device.reserve(allocate, undo);
    if (reserved.uniforms) device.gpu.queue.writeBuffer(reserved.uniforms, 0, words);
    const commands = lowered.steps.map((step, k): Command => {
      const named = step.kind === "dispatch" ? step.resources : [step.source];
      return {
        step,
        pipeline: pipelines[k],
        bindGroups: new Map(),
        external: named.filter((resource) => !reserved.owned[resource]),
      };
    });
    return new Program(device, compiled, commands, reserved);
  }

  /** Places for the results of one run that take over none: the driver has the memory once the promise, if it is one, resolves. */
  reserve(): Places | Promise<Places> {
    const made = new Map<Resource, DeviceBuffer>();
    return this.device.reserve(
      () => {
        const { outputs, resources } = this.compiled.lowered;
        for (const output of outputs) {
          const spec = resources[output]!;
          if (spec.kind === "input" || made.has(output)) continue;
          made.set(output, this.device.allocate((spec as ResourceSpec & { kind: "output" }).byteLength));
        }
        return made;
      },
      () => {
        giveBack(made);
        made.clear();
      },
    );
  }

  /**
   * Records and submits every command; does not wait. Returns one buffer per output: one of `places`, or that of a donated input whose
   * memory was taken over. Throws where an input lives on another device.
   */
  run(inputs: readonly DeviceBuffer[], places: Places): DeviceBuffer[] {
    const { device } = this;
    device.assertAlive();
    for (const input of inputs) {
      // Host data may have been moved elsewhere while the program was being built.
      if (input.device !== device) {
        throw new Error(
          `run: the program runs on ${device}, but an input lives on ${input.device}; read its data and make a tensor of it on the other`,
        );
      }
    }
    const { outputs, resources } = this.compiled.lowered;
    const bufferOf = (resource: Resource): DeviceBuffer => {
      const spec = resources[resource]!;
      return spec.kind === "input" ? inputs[spec.index]! : places.get(resource)!;
    };
    const results = outputs.map(bufferOf);
    const bound = [...this.#memory.owned];
    for (const resource of this.#external) bound[resource] = bufferOf(resource).buffer;
    const verdict = device.guard(inputs, () =>
      device.gpu.queue.submit([this.#record(bound, this.#bindGroups(bound))]),
    );
    if (verdict) for (const result of results) result.verdict = verdict;
    device.submitted(this.#work);
    return results;
  }

  #record(bound: Bound, groups: readonly (GPUBindGroup | undefined)[]): GPUCommandBuffer {
    const { device } = this;
    const { profiler } = device;
    const encoder = device.gpu.createCommandEncoder();
    let pass: GPUComputePassEncoder | undefined;
    let current: GPUComputePipeline | undefined;
    for (let k = 0; k < this.#commands.length; k++) {
      const { step, pipeline } = this.#commands[k]!;
      if (step.kind === "copyToTexture") {
        pass?.end();
        pass = undefined;
        const texture = bound[step.texture] as GPUTexture;
        const source = { buffer: bound[step.source] as GPUBuffer, bytesPerRow: texture.width * 16 };
        encoder.copyBufferToTexture(source, { texture }, [texture.width, texture.height]);
        continue;
      }
      if (!pass) {
        const timestampWrites = profiler?.next(step.kernel.label, step.flops ?? 0);
        pass = encoder.beginComputePass(timestampWrites && { timestampWrites });
        current = undefined;
      }
      if (pipeline!.pipeline !== current) {
        current = pipeline!.pipeline;
        pass.setPipeline(current);
      }
      pass.setBindGroup(0, groups[k]!);
      if (step.kernel.immediateSize > 0) setImmediates(pass, step.immediates);
      pass.dispatchWorkgroups(step.workgroups[0], step.workgroups[1], step.workgroups[2]);
      device.dispatches++;
      if (profiler) {
        pass.end();
        pass = undefined;
      }
    }
    pass?.end();
    return encoder.finish();
  }

  /** The bind groups of every command for what is bound now; made at the first time of each combination. */
  #bindGroups(bound: Bound): readonly (GPUBindGroup | undefined)[] {
    const identity = (resource: Resource): number => bufferId(bound[resource] as GPUBuffer);
    const key = this.#external.map(identity).join();
    let groups = this.#recordings.get(key);
    if (!groups) {
      groups = this.#commands.map(({ step, pipeline, bindGroups, external }) => {
        if (step.kind !== "dispatch") return undefined;
        return remember(bindGroups, external.map(identity).join(), () => {
          this.device.bindGroupsCreated++;
          return this.device.gpu.createBindGroup({
            layout: pipeline!.layout,
            entries: step.resources.map((resource, binding) => ({
              binding,
              resource: this.#binding(bound[resource]!),
            })),
          });
        });
      });
      remember(this.#recordings, key, () => groups!);
    }
    return groups;
  }

  #binding(resource: GPUBuffer | GPUTexture | UniformPlace): GPUBindingResource {
    if ("offset" in resource) return resource;
    if (!("createView" in resource)) return { buffer: resource };
    let view = this.#views.get(resource);
    if (!view) {
      view = resource.createView();
      this.#views.set(resource, view);
    }
    return view;
  }

  /** Returns the intermediates' memory to the device. */
  release(): void {
    dropped.unregister(this);
    for (const buffer of this.#memory.buffers) this.device.pool.release(buffer);
    for (const texture of this.#memory.textures) texture.destroy();
    this.#memory.uniforms?.destroy();
  }
}

/** `setImmediates` is newer than the published types. */
function setImmediates(pass: GPUComputePassEncoder, words: Uint32Array): void {
  (pass as GPUComputePassEncoder & { setImmediates(offset: number, data: Uint32Array): void }).setImmediates(
    0,
    words,
  );
}
