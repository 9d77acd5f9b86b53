import {
  type CompilerOptions,
  type Executable,
  livesElsewhere,
  type Run,
  type Value,
} from "../../executor.js";
import type { Graph } from "../../primitives/graph.js";
import type { Aval } from "../../shape.js";
import { type CompiledGraph, compileGraph } from "./compileGraph.js";
import type { DeviceBuffer } from "./device/buffer.js";
import type { Work } from "./device/pacing.js";
import type { Pipeline } from "./device/pipelines.js";
import type { Device } from "./device.js";
import type { BoundStep, Resource } from "./kernels/step.js";
import { layOutUniforms } from "./layOutUniforms.js";
import type { ResourceSpec } from "./passes/resources.js";

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

/** Where the results of one run go, by resource. */
type Places = ReadonlyMap<Resource, DeviceBuffer>;

/** A flat list of commands with memory of its own: what `compile` replays. */
export class Program implements Executable {
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
        const texture = device.memory.make(() => device.gpu.createTexture(descriptor));
        textures.push(texture);
        return texture;
      });
      const size = words.byteLength;
      const made =
        size > 0
          ? device.memory.make(() => device.gpu.createBuffer({ size, usage: uniformUsage }))
          : undefined;
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
    const reserved = await device.memory.reserve(allocate, undo);
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
  reserve(): Run | Promise<Run> {
    const made = new Map<Resource, DeviceBuffer>();
    const giveBack = (): void => {
      for (const place of made.values()) place.release();
    };
    const run: Run = { start: (inputs) => this.#run(inputs, made), cancel: giveBack };
    return this.device.memory.reserve(
      () => {
        const { outputs, resources } = this.compiled.lowered;
        for (const output of outputs) {
          const spec = resources[output]!;
          if (spec.kind === "input" || made.has(output)) continue;
          made.set(output, this.device.allocate((spec as ResourceSpec & { kind: "output" }).byteLength));
        }
        return run;
      },
      () => {
        giveBack();
        made.clear();
      },
    );
  }

  /**
   * Records and submits every command; does not wait. Returns one buffer per output: one of `places`, or that of a donated input whose
   * memory was taken over. Throws where an input lives on another device.
   */
  #run(values: readonly Value[], places: Places): DeviceBuffer[] {
    const { device } = this;
    device.assertAlive();
    for (const value of values) {
      // Host data may have been moved elsewhere while the program was being built.
      if (value.executor !== device) throw livesElsewhere(device, value);
    }
    // All values of a device are its buffers.
    const inputs = values as readonly DeviceBuffer[];
    const { outputs, resources } = this.compiled.lowered;
    const bufferOf = (resource: Resource): DeviceBuffer => {
      const spec = resources[resource]!;
      return spec.kind === "input" ? inputs[spec.index]! : places.get(resource)!;
    };
    const results = outputs.map(bufferOf);
    const bound = [...this.#memory.owned];
    for (const resource of this.#external) bound[resource] = bufferOf(resource).buffer;
    const verdict = device.faults.guard(inputs, () =>
      device.gpu.queue.submit([this.#record(bound, this.#bindGroups(bound))]),
    );
    if (verdict) for (const result of results) result.verdict = verdict;
    device.pacing.submitted(this.#work);
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
