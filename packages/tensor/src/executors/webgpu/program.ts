import {
  type CompilerOptions,
  type Executable,
  livesElsewhere,
  type Run,
  type Value,
} from "../../executor.js";
import type { Graph } from "../../primitives/graph.js";
import { remember } from "../../remember.js";
import type { Aval } from "../../shape.js";
import {
  type Bound,
  bufferId,
  type Command,
  commandsOf,
  externalOf,
  maxRemembered,
  type PartOfBuffer,
  pipelinesOf,
  type Recorded,
  recordCommands,
} from "./commands.js";
import { type CompiledGraph, compileGraph } from "./compileGraph.js";
import type { DeviceBuffer } from "./device/buffer.js";
import type { Work } from "./device/pacing.js";
import type { Device } from "./device.js";
import type { Resource } from "./kernels/step.js";
import { layOutUniforms } from "./layOutUniforms.js";
import { layOutTurns } from "./passes/layOutTurns.js";
import { gateBytes } from "./passes/plan.js";
import type { ResourceSpec } from "./passes/resources.js";
import { submissions } from "./submissions.js";

/** Returns the memory of programs that nothing refers to any more, such as those of a function that `compile` made. */
const dropped = new FinalizationRegistry(
  ({ device, buffers }: { readonly device: Device; readonly buffers: readonly GPUBuffer[] }) => {
    for (const buffer of buffers) device.pool.release(buffer);
  },
);

/** GPUTextureUsage.COPY_DST | STORAGE_BINDING, GPUBufferUsage.UNIFORM | STORAGE | COPY_DST and GPUBufferUsage.STORAGE | COPY_DST. */
const textureUsage = 0x02 | 0x08;
const uniformUsage = 0x40 | 0x80 | 0x08;
const turnUsage = 0x80 | 0x08;
/** GPUBufferUsage.STORAGE | INDIRECT. */
const gateUsage = 0x80 | 0x100;

/** Everything that a program allocates once. */
interface Memory {
  readonly owned: Bound;
  /** Buffers of the pool. */
  readonly buffers: readonly GPUBuffer[];
  readonly textures: readonly GPUTexture[];
  /** What all uniforms and tables lie in, the numbers of turns, and gates, as far as there are any. */
  readonly fixed: readonly GPUBuffer[];
}

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
  /** What is recorded, by the identity of what comes from outside. */
  readonly #recordings: Map<string, readonly Recorded[]> = new Map();
  readonly #views: Map<GPUTexture, GPUTextureView> = new Map();
  readonly #work: Work = { milliseconds: 1, compiled: false, measured: 0 };

  private constructor(device: Device, compiled: CompiledGraph, commands: readonly Command[], memory: Memory) {
    this.device = device;
    this.compiled = compiled;
    const { graph } = compiled.fused;
    this.outputs = graph.outputs.map((output) => graph.nodes[output]!);
    this.#commands = commands;
    this.#memory = memory;
    this.byteLength = compiled.plan.byteLength;
    this.#external = externalOf(commands).filter((resource) => !memory.owned[resource]);
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
    const pipelines = await pipelinesOf(lowered.steps, device);
    const buffers: GPUBuffer[] = [];
    const textures: GPUTexture[] = [];
    const fixed: GPUBuffer[] = [];
    const { words, offsets } = layOutUniforms(lowered.resources);
    const turnWords = layOutTurns(lowered.resources);
    const make = (size: number, usage: number): GPUBuffer => {
      const buffer = device.memory.make(() => device.gpu.createBuffer({ size, usage }));
      fixed.push(buffer);
      return buffer;
    };
    let uniforms: GPUBuffer | undefined;
    let turns: GPUBuffer | undefined;
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
      uniforms = words.length > 0 ? make(words.byteLength, uniformUsage) : undefined;
      turns = turnWords.length > 0 ? make(turnWords.byteLength, turnUsage) : undefined;
      const owned = lowered.resources.map((spec, resource) => {
        if (spec.kind === "turn") return { buffer: turns!, offset: 0, size: 4 };
        if (spec.kind === "gate") return make(gateBytes(spec), gateUsage);
        if (spec.kind === "uniform" || spec.kind === "table") {
          const length = 16 * Math.ceil(spec.words.byteLength / 16);
          return { buffer: uniforms!, offset: offsets.get(resource)!, size: length };
        }
        const slot = memory.slotOf[resource];
        return slot === undefined ? undefined : slots[slot];
      });
      return { owned, buffers, textures, fixed };
    };
    const undo = (): void => {
      for (const buffer of buffers.splice(0)) device.pool.release(buffer);
      for (const texture of textures.splice(0)) texture.destroy();
      for (const buffer of fixed.splice(0)) buffer.destroy();
    };
    const reserved = await device.memory.reserve(allocate, undo);
    if (uniforms) device.gpu.queue.writeBuffer(uniforms, 0, words);
    if (turns) device.gpu.queue.writeBuffer(turns, 0, turnWords);
    const commands = commandsOf(lowered.steps, pipelines, reserved.owned);
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
    const bound: Bound = [...this.#memory.owned];
    for (const resource of this.#external) bound[resource] = bufferOf(resource).buffer;
    const verdict = device.faults.guard(inputs, () => {
      const recorded = this.#recorded(bound);
      let first = 0;
      for (const end of submissions(recorded)) {
        device.gpu.queue.submit([this.#encode(recorded, first, end)]);
        first = end;
      }
    });
    if (verdict) for (const result of results) result.verdict = verdict;
    device.pacing.submitted(this.#work);
    return results;
  }

  /** The commands from number `first` to `end`, as the queue takes them. */
  #encode(recorded: readonly Recorded[], first: number, end: number): GPUCommandBuffer {
    const { device } = this;
    const { profiler } = device;
    const encoder = device.gpu.createCommandEncoder();
    let pass: GPUComputePassEncoder | undefined;
    let current: GPUComputePipeline | undefined;
    for (let k = first; k < Math.min(end, recorded.length); k++) {
      const command = recorded[k]!;
      if (command.kind === "copyToTexture") {
        pass?.end();
        pass = undefined;
        const { source: buffer, texture } = command;
        const source = { buffer, bytesPerRow: texture.width * 16 };
        encoder.copyBufferToTexture(source, { texture }, [texture.width, texture.height]);
        continue;
      }
      const { step, pipeline, group, offsets, indirect } = command;
      if (!pass) {
        const timestampWrites = profiler?.next(step.kernel.label, step.flops ?? 0);
        pass = encoder.beginComputePass(timestampWrites && { timestampWrites });
        current = undefined;
      }
      if (pipeline !== current) {
        current = pipeline;
        pass.setPipeline(current);
      }
      if (offsets) pass.setBindGroup(0, group, offsets);
      else pass.setBindGroup(0, group);
      if (step.kernel.immediateSize > 0) setImmediates(pass, step.immediates);
      if (indirect) pass.dispatchWorkgroupsIndirect(indirect.buffer, indirect.offset);
      else pass.dispatchWorkgroups(step.workgroups[0], step.workgroups[1], step.workgroups[2]);
      device.dispatches++;
      if (profiler) {
        pass.end();
        pass = undefined;
      }
    }
    pass?.end();
    return encoder.finish();
  }

  /** Every command as often as it runs, with what is bound now; bind groups are made at the first time of each combination. */
  #recorded(bound: Bound): readonly Recorded[] {
    const key = this.#external.map((resource) => bufferId(bound[resource] as GPUBuffer)).join();
    let recorded = this.#recordings.get(key);
    if (!recorded) {
      recorded = recordCommands(this.#commands, bound, ({ step, pipeline }) => {
        this.device.bindGroupsCreated++;
        return this.device.gpu.createBindGroup({
          layout: pipeline.layout,
          entries: step.resources.map((resource, binding) => ({
            binding,
            resource: this.#binding(bound[resource]!),
          })),
        });
      });
      remember(this.#recordings, key, maxRemembered, () => recorded!);
    }
    return recorded;
  }

  #binding(resource: GPUBuffer | GPUTexture | PartOfBuffer): GPUBindingResource {
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
    for (const buffer of this.#memory.fixed) buffer.destroy();
  }
}

/** `setImmediates` is newer than the published types. */
function setImmediates(pass: GPUComputePassEncoder, words: Uint32Array): void {
  (pass as GPUComputePassEncoder & { setImmediates(offset: number, data: Uint32Array): void }).setImmediates(
    0,
    words,
  );
}
