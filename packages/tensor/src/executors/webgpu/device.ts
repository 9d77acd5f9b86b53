import type { DType, TypedArray } from "../../dtype.js";
import { bytesPerElement } from "../../dtype.js";
import type { CompilerOptions, Executor, NotFinite, TunedProduct, Value } from "../../executor.js";
import type { Graph } from "../../primitives/graph.js";
import type { PrimitiveParams } from "../../primitives/params.js";
import { sizeOf } from "../../shape.js";
import type { Timings } from "../timings.js";
import { compileGraph } from "./compileGraph.js";
import type { AdapterTraits } from "./device/adapterTraits.js";
import type { DeviceBuffer } from "./device/buffer.js";
import type { BufferPool } from "./device/bufferPool.js";
import { Faults } from "./device/faults.js";
import type { GPUAdapterInfo, GPUDevice } from "./device/gpuTypes.js";
import type { KernelSource } from "./device/kernelSource.js";
import { largestValue, Memory } from "./device/memory.js";
import { Pacing } from "./device/pacing.js";
import { type Compilation, type Pipeline, Pipelines } from "./device/pipelines.js";
import { Profiler } from "./device/profiler.js";
import { TileChoices } from "./device/tileChoices.js";
import { Transfers } from "./device/transfers.js";
import { explainGraph } from "./explainGraph.js";
import { findNotFinite } from "./findNotFinite.js";
import { type DeviceOptions, listAdapters, type OpenedAdapter, openAdapter } from "./open.js";
import { Program } from "./program.js";
import { tuneGraph } from "./tuneGraph.js";

/** Counters since the device was opened. */
export interface DeviceStats {
  readonly liveBytes: number;
  readonly peakBytes: number;
  readonly pooledBytes: number;
  readonly buffersCreated: number;
  readonly pipelines: number;
  readonly bindGroupsCreated: number;
  readonly dispatches: number;
  readonly submits: number;
}

/** How many devices were opened on each adapter, by its name. */
const opened = new Map<string, number>();

/** The adapter in one line. */
const nameOf = ({ vendor, architecture, device, description }: GPUAdapterInfo): string =>
  description || [vendor, architecture, device].filter(Boolean).join(" ") || "unnamed adapter";

/** A GPU (or the software that stands in for one): what it can do, what it holds, and how it runs graphs. */
export class Device implements Executor {
  /** The WebGPU device, for code that brings its own kernels. */
  readonly gpu: GPUDevice;
  readonly info: GPUAdapterInfo;
  readonly traits: AdapterTraits;
  /** The adapter in one line; a second device on it says that it is one. */
  readonly name: string;
  readonly limits: Executor["limits"];
  /** Which tiles contractions take here; see `tune`. */
  readonly tiles: TileChoices = new TileChoices();
  readonly faults: Faults;
  readonly memory: Memory;
  readonly pipelines: Pipelines;
  readonly pacing: Pacing;
  readonly transfers: Transfers;
  /** Collects timestamps while `profile` runs. */
  profiler: Profiler | undefined;
  dispatches = 0;
  bindGroupsCreated = 0;

  private constructor({ gpu, info, traits, validates }: OpenedAdapter) {
    this.gpu = gpu;
    this.info = info;
    this.traits = traits;
    const adapter = nameOf(info);
    const number = (opened.get(adapter) ?? 0) + 1;
    opened.set(adapter, number);
    this.name = number === 1 ? adapter : `device ${number}: ${adapter}`;
    this.limits = { valueBytes: largestValue(traits.limits) };
    this.faults = new Faults(gpu, validates, () => this.memory.outOfMemory());
    this.memory = new Memory({
      gpu,
      limits: traits.limits,
      executor: this,
      read: (buffer, dtype) => this.transfers.read(buffer, dtype),
      complain: (error) => this.faults.complain(error),
    });
    this.pipelines = new Pipelines(gpu, () => this.assertAlive());
    this.pacing = new Pacing(gpu);
    this.transfers = new Transfers(gpu, this.memory, this.faults, this.pacing);
  }

  /**
   * Opens an adapter with its own limits (the WebGPU defaults are small) and the features that kernels can use.
   * Rejects with a hint when there is none.
   */
  static async open(options: DeviceOptions = {}): Promise<Device> {
    return new Device(await openAdapter(options));
  }

  /** The names of all adapters, which `open` takes; none in browsers, which name none. */
  static adapters(): Promise<string[]> {
    return listAdapters();
  }

  get pool(): BufferPool {
    return this.memory.pool;
  }

  /** Changes with the tiles that contractions take. */
  get revision(): number {
    return this.tiles.revision;
  }

  /** The adapter in one line; a second device on it says that it is one. */
  toString(): string {
    return this.name;
  }

  stats(): DeviceStats {
    const { liveBytes, peakBytes, pooledBytes, created } = this.pool;
    return {
      liveBytes,
      peakBytes,
      pooledBytes,
      buffersCreated: created,
      pipelines: this.pipelines.size,
      bindGroupsCreated: this.bindGroupsCreated,
      dispatches: this.dispatches,
      submits: this.pacing.submits,
    };
  }

  put(constants: readonly PrimitiveParams["constant"][]): DeviceBuffer[] | Promise<DeviceBuffer[]> {
    const places: DeviceBuffer[] = [];
    const undo = (): void => {
      for (const place of places.splice(0)) place.release();
    };
    const allocate = (): DeviceBuffer[] => {
      for (const { shape, dtype } of constants)
        places.push(this.allocate(sizeOf(shape) * bytesPerElement[dtype]));
      return places;
    };
    const fill = (): DeviceBuffer[] => {
      try {
        for (const [k, { data, dtype }] of constants.entries()) this.write(places[k]!, data, dtype);
      } catch (error) {
        undo();
        throw error;
      }
      return places;
    };
    const reserved = this.memory.reserve(allocate, undo);
    return reserved instanceof Promise ? reserved.then(fill) : fill();
  }

  /** Compiles every kernel of a graph and allocates every intermediate. Rejects for f16 values without shader-f16. */
  compile(graph: Graph, donated: readonly boolean[], options: CompilerOptions = {}): Promise<Program> {
    return Program.build(graph, this, donated, options);
  }

  plannedBytes(graph: Graph, donated: readonly boolean[], options: CompilerOptions = {}): number {
    return compileGraph(graph, this, donated, options).plan.byteLength;
  }

  explain(graph: Graph, donated: readonly boolean[], options: CompilerOptions = {}): string {
    return explainGraph(graph, this, donated, options);
  }

  tune(
    graph: Graph,
    onProduct?: (product: string, index: number, count: number) => void,
  ): Promise<TunedProduct[]> {
    return tuneGraph(graph, this, onProduct);
  }

  findNotFinite(value: Value, dtype: DType, length: number): Promise<NotFinite> {
    // A value of this device is one of its buffers.
    return findNotFinite(this, value as DeviceBuffer, dtype, length);
  }

  /**
   * Runs `f` and returns the time that each kernel spent on the device, by timestamp queries. Slower than without: no two
   * dispatches overlap.
   */
  async profile(f: () => unknown): Promise<Timings> {
    if (!this.traits.features.has("timestamp-query")) {
      throw new Error(`profile: ${this} has no timestamp queries`);
    }
    this.profiler = new Profiler(this.gpu);
    try {
      await f();
      return await this.profiler.finish();
    } finally {
      this.profiler = undefined;
    }
  }

  /** A buffer of the pool, which returns to it by `release` or when nothing refers to it any more. */
  allocate(byteLength: number): DeviceBuffer {
    return this.memory.allocate(byteLength);
  }

  /** Copies host data into a new buffer. */
  upload(data: TypedArray, dtype: DType): DeviceBuffer {
    return this.transfers.upload(data, dtype);
  }

  /** Copies host data into a buffer that is large enough. */
  write(buffer: DeviceBuffer, data: TypedArray, dtype: DType): void {
    this.transfers.write(buffer, data, dtype);
  }

  /** Compiles a kernel, or returns the one that has the same text. */
  pipeline(kernel: KernelSource): Promise<Pipeline> {
    return this.pipelines.get(kernel);
  }

  /**
   * Calls `watcher` whenever a kernel has been compiled: a program's are compiled at once when it is first called, which may take minutes where the driver has not seen them before. Returns a function
   * that ends it.
   */
  watchCompilation(watcher: (compilation: Compilation) => void): () => void {
    return this.pipelines.watch(watcher);
  }

  /** Resolves when everything submitted so far has run; sleeps through most of the time that this is expected to take. */
  async synchronize(): Promise<void> {
    await this.pacing.wait(() => this.gpu.queue.onSubmittedWorkDone());
    this.assertAlive();
  }

  /** The same without any sleep, for whoever measures how long it takes. */
  async finish(): Promise<void> {
    await this.pacing.finish();
    this.assertAlive();
  }

  /** Throws what went wrong earlier on this device: that it is lost, or, once, an error that belongs to no call. */
  assertAlive(): void {
    this.faults.assertAlive();
  }

  /** Frees everything; tensors on this device are lost. */
  destroy(): void {
    this.gpu.destroy();
  }
}
