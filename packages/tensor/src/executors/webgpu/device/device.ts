import { alwaysValidates, collectGarbage, noAdapterHint, openGpu, waitPatiently } from "#gpu";
import { allocate, bytesPerElement, type DType, type TypedArray } from "../../../dtype.js";
import { fromHalf, toHalf } from "../../../float16.js";
import { subgroupMatricesWork, subgroupMatrixOf } from "../subgroupMatrix.js";
import { type AdapterTraits, type LimitName, limitNames } from "./adapterTraits.js";
import type { DeviceBuffer, Verdict } from "./buffer.js";
import { BufferPool, pooledUsage } from "./bufferPool.js";
import { DeviceError } from "./deviceError.js";
import type {
  GPUAdapterInfo,
  GPUBindGroupLayout,
  GPUBuffer,
  GPUComputePipeline,
  GPUDevice,
  GPUError,
} from "./gpuTypes.js";
import type { BindingKind, KernelSource } from "./kernelSource.js";
import { Profiler, type Timings } from "./profiler.js";
import { TileChoices } from "./tileChoices.js";

export interface DeviceOptions {
  /** Part of the adapter's name, where there are several; the most powerful one otherwise. */
  readonly adapter?: string;
  /** Checks every call and clamps every access in shaders. Slower; for debugging and for tests. Default false. */
  readonly validation?: boolean;
  /** WebGPU features that must be there, beside those that kernels use where they are. */
  readonly features?: readonly string[];
  /** Limits other than the adapter's own, which are the default: lower ones, to see what a smaller device would refuse. */
  readonly limits?: Partial<Record<LimitName, number>>;
  /** Overrides how kernels are chosen; by default from the adapter. */
  readonly kernels?: "software" | "gpu";
}

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

/** A compiled kernel with the layout of its only bind group. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Something that is submitted again and again, and the time that one run of it is expected to take. */
export interface Work {
  milliseconds: number;
  runs: number;
}

const wantedFeatures = [
  "timestamp-query",
  "shader-f16",
  "subgroups",
  "subgroup-size-control",
  "chromium-experimental-subgroup-matrix",
];

/** GPUBufferUsage.MAP_READ | COPY_DST. */
const readbackUsage = 0x01 | 0x08;
/** GPUShaderStage.COMPUTE. */
const computeStage = 0x4;

const layoutEntry = (kind: BindingKind, binding: number): GPUBindGroupLayoutEntry => {
  const base = { binding, visibility: computeStage };
  switch (kind) {
    case "read":
      return { ...base, buffer: { type: "read-only-storage" } };
    case "write":
      return { ...base, buffer: { type: "storage" } };
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

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Bytes that may come into use between two garbage collections that the device asks for. */
const collectionBytes = 2 ** 28;

/** How many devices were opened on each adapter, by its name. */
const opened = new Map<string, number>();

/** The adapter in one line. */
const nameOf = ({ vendor, architecture, device, description }: GPUAdapterInfo): string =>
  description || [vendor, architecture, device].filter(Boolean).join(" ") || "unnamed adapter";

const isOutOfMemory = (error: GPUError): boolean =>
  error.constructor.name === "GPUOutOfMemoryError" || /out of (device |host )?memory/i.test(error.message);

/** The pool's peak before and after something was made. */
interface Peaks {
  readonly before: number;
  readonly after: number;
}

/** Something that was made, and whether the driver had the memory for it. */
interface Attempt<T> {
  readonly made: T;
  readonly checks: readonly Promise<GPUError | null>[];
  readonly peaks: Peaks;
}

/** Whether the driver had the memory for everything that was made. */
const granted = async (checks: readonly Promise<GPUError | null>[]): Promise<boolean> =>
  (await Promise.all(checks)).every((error) => error === null);

/** A GPU (or the software that stands in for one) with its memory, its compiled kernels and its counters. */
export class Device {
  /** The WebGPU device, for code that brings its own kernels. */
  readonly gpu: GPUDevice;
  readonly info: GPUAdapterInfo;
  readonly traits: AdapterTraits;
  readonly pool: BufferPool;
  /** Which tiles contractions take here; see `tune`. */
  readonly tiles: TileChoices = new TileChoices();
  dispatches = 0;
  submits = 0;
  bindGroupsCreated = 0;
  readonly #pipelines: Map<string, Promise<Pipeline>> = new Map();
  readonly #layouts: Map<string, GPUBindGroupLayout> = new Map();
  readonly #dropped: FinalizationRegistry<GPUBuffer>;
  /** Why the device cannot be used any more. */
  #failure: DeviceError | undefined;
  /** An error that no call of ours answers for; it is thrown once. */
  #complaint: DeviceError | undefined;
  /** Whether WebGPU checks every call. */
  readonly #validates: boolean;
  /** Whether the driver had the memory for what was made, while `reserve` listens. */
  #checks: Promise<GPUError | null>[] | undefined;
  /** The garbage collection that is under way. */
  #collecting: Promise<void> | undefined;
  /** Live bytes above which dropped tensors are looked for. */
  #collectAbove = collectionBytes;
  /** Among the devices on its adapter, in the order of their opening. */
  #number = 1;
  /** When the submitted work is expected to be done (performance.now() milliseconds). */
  #busyUntil = 0;
  #pending: Work[] = [];
  #pendingSince = 0;

  private constructor(gpu: GPUDevice, info: GPUAdapterInfo, traits: AdapterTraits, validates: boolean) {
    this.gpu = gpu;
    this.info = info;
    this.traits = traits;
    this.#validates = validates;
    const { maxBufferSize, maxStorageBufferBindingSize } = traits.limits;
    this.pool = new BufferPool(
      (size) => this.make(() => gpu.createBuffer({ size, usage: pooledUsage })),
      Math.min(maxBufferSize, maxStorageBufferBindingSize),
    );
    this.#dropped = new FinalizationRegistry((buffer) => this.pool.release(buffer));
    gpu.onuncapturederror = (event) => {
      this.#complaint ??= isOutOfMemory(event.error)
        ? this.#outOfMemory()
        : new DeviceError("validation", event.error.message);
    };
    void gpu.lost.then((lost) => {
      this.#failure ??= new DeviceError(
        "lost",
        `lost (${lost.reason}): ${lost.message || "no reason given"}; open a new device and start from the last checkpoint`,
      );
    });
  }

  /**
   * Opens an adapter with its own limits (the WebGPU defaults are small) and the features that kernels can use.
   * Rejects with a hint when there is none.
   */
  static async open(options: DeviceOptions = {}): Promise<Device> {
    const device = await Device.#choose(options);
    const name = nameOf(device.info);
    device.#number = (opened.get(name) ?? 0) + 1;
    opened.set(name, device.#number);
    return device;
  }

  static async #choose(options: DeviceOptions): Promise<Device> {
    const validation = options.validation ?? false;
    const source = await openGpu({
      validation,
      ...(options.adapter === undefined ? {} : { adapter: options.adapter }),
    });
    const adapter = await source.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) throw new Error(`Device.open: ${noAdapterHint}`);
    const limits = {} as Record<LimitName, number>;
    for (const name of limitNames) {
      const offered = adapter.limits[name];
      const value = options.limits?.[name] ?? offered;
      // Absent in implementations that predate the limit.
      if (value === undefined) continue;
      if (value > offered) {
        throw new Error(
          `Device.open: ${name} ${value} was asked for, but ${adapter.info.description} offers ${offered}`,
        );
      }
      limits[name] = value;
    }
    const required = options.features ?? [];
    const missing = required.filter((name) => !adapter.features.has(name));
    if (missing.length > 0) {
      throw new Error(
        `Device.open: ${adapter.info.description} lacks ${missing.join(", ")}; it has ${[...adapter.features].join(", ")}`,
      );
    }
    const useful = wantedFeatures.filter((name) => adapter.features.has(name));
    const features = [...new Set([...useful, ...required])];
    const gpu = await adapter.requestDevice({
      // The experimental names are not in the published union of feature names.
      requiredFeatures: features as GPUFeatureName[],
      requiredLimits: limits,
    });
    const info = adapter.info;
    const software =
      /llvmpipe|lavapipe|swiftshader/i.test(`${info.description} ${info.device} ${info.architecture}`) ||
      info.isFallbackAdapter === true;
    const { subgroupMinSize, subgroupMaxSize } = info;
    const traits: AdapterTraits = {
      kind: options.kernels ?? (software ? "software" : "gpu"),
      limits,
      features: new Set(features),
      immediates: source.wgslLanguageFeatures.has("immediate_address_space"),
      subgroupSize:
        subgroupMinSize !== undefined && subgroupMinSize === subgroupMaxSize ? subgroupMinSize : 0,
    };
    const validates = validation || alwaysValidates;
    const subgroupMatrix = traits.features.has("chromium-experimental-subgroup-matrix")
      ? subgroupMatrixOf(info)
      : undefined;
    if (subgroupMatrix && traits.immediates && traits.features.has("shader-f16")) {
      const device = new Device(gpu, info, { ...traits, subgroupMatrix }, validates);
      if (await subgroupMatricesWork(device)) return device;
    }
    return new Device(gpu, info, traits, validates);
  }

  /** Collects timestamps while `profile` runs. */
  profiler: Profiler | undefined;

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

  /** The adapter in one line; a second device on it says that it is one. */
  toString(): string {
    const name = nameOf(this.info);
    return this.#number === 1 ? name : `device ${this.#number}: ${name}`;
  }

  stats(): DeviceStats {
    return {
      liveBytes: this.pool.liveBytes,
      peakBytes: this.pool.peakBytes,
      pooledBytes: this.pool.pooledBytes,
      buffersCreated: this.pool.created,
      pipelines: this.#pipelines.size,
      bindGroupsCreated: this.bindGroupsCreated,
      dispatches: this.dispatches,
      submits: this.submits,
    };
  }

  /** Calls `create`, which makes something that takes memory; whether the driver had it is told to `reserve`. */
  make<T>(create: () => T): T {
    this.gpu.pushErrorScope("out-of-memory");
    try {
      return create();
    } finally {
      // A device that is lost says so elsewhere.
      const check = this.gpu.popErrorScope().catch(() => null);
      if (this.#checks) this.#checks.push(check);
      else {
        void check.then((error) => {
          if (error) this.#complaint ??= this.#outOfMemory();
        });
      }
    }
  }

  /**
   * What `allocate` returns: at once where it made nothing new, else once the driver has said that it has the memory. Where it has
   * not, the pool is emptied, dropped tensors are looked for, and `allocate` is called again. `undo` gives back what a call that failed
   * has taken. Rejects with a DeviceError when there is no memory the second time; the device goes on.
   */
  reserve<T>(allocate: () => T, undo: () => void): T | Promise<T> {
    if (this.pool.liveBytes > this.#collectAbove && collectGarbage) {
      return this.#collect().then(() => this.#reserve(allocate, undo));
    }
    return this.#reserve(allocate, undo);
  }

  #reserve<T>(allocate: () => T, undo: () => void): T | Promise<T> {
    const first = this.#attempt(allocate, undo);
    if (first.checks.length === 0) return first.made;
    const confirm = async (): Promise<T> => {
      if (await granted(first.checks)) return first.made;
      this.#discard(first.peaks, undo);
      await this.#collect();
      this.pool.trim();
      const again = this.#attempt(allocate, undo);
      if (await granted(again.checks)) return again.made;
      const error = this.#outOfMemory();
      this.#discard(again.peaks, undo);
      throw error;
    };
    return confirm();
  }

  #attempt<T>(allocate: () => T, undo: () => void): Attempt<T> {
    const checks: Promise<GPUError | null>[] = [];
    const outer = this.#checks;
    const before = this.pool.peakBytes;
    this.#checks = checks;
    try {
      return { made: allocate(), checks, peaks: { before, after: this.pool.peakBytes } };
    } catch (error) {
      if (checks.length === 0) undo();
      else this.#discard({ before, after: this.pool.peakBytes }, undo);
      throw error;
    } finally {
      this.#checks = outer;
    }
  }

  /** Takes back what the driver may have refused, at once: no other call must find it in the pool. */
  #discard({ before, after }: Peaks, undo: () => void): void {
    undo();
    this.pool.trim();
    // Unless others have needed more since.
    if (this.pool.peakBytes === after) this.pool.peakBytes = Math.max(before, this.pool.liveBytes);
  }

  /**
   * Lets buffers of tensors that nothing refers to return to the pool, where the platform can be asked to look for them. Calls that ask
   * while that is under way wait for the same.
   */
  #collect(): Promise<void> {
    this.#collecting ??= this.#collectNow().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }

  async #collectNow(): Promise<void> {
    collectGarbage?.();
    // Finalizers run as tasks of their own.
    await sleep(0);
    await sleep(0);
    this.#collectAbove = this.pool.liveBytes + Math.max(collectionBytes, this.pool.liveBytes);
  }

  #outOfMemory(): DeviceError {
    return new DeviceError(
      "outOfMemory",
      `out of memory (${this.pool.describe()}); use a smaller batch, crop or tile, and donate or dispose what is not needed any more`,
    );
  }

  /**
   * Calls `submit`, which hands over work that reads `inputs`, and returns what validation will have said against it, or against what
   * wrote the inputs. Throws what is known already.
   */
  guard(inputs: readonly DeviceBuffer[], submit: () => void): Verdict | undefined {
    if (!this.#validates) {
      submit();
      return undefined;
    }
    const earlier = new Set<Verdict>();
    for (const { verdict } of inputs) {
      if (verdict?.error) throw verdict.error;
      if (verdict?.known) earlier.add(verdict);
    }
    const verdict: Verdict = { known: undefined, error: undefined };
    this.gpu.pushErrorScope("validation");
    try {
      submit();
    } finally {
      const own = this.gpu.popErrorScope().catch(() => null);
      const settle = async (): Promise<void> => {
        const error = await own;
        for (const before of earlier) {
          await before.known;
          verdict.error ??= before.error;
        }
        if (error) verdict.error ??= new DeviceError("validation", error.message);
        verdict.known = undefined;
      };
      verdict.known = settle();
    }
    return verdict;
  }

  /** A buffer of the pool, which returns to it by `release` or when nothing refers to it any more. */
  allocate(byteLength: number): DeviceBuffer {
    return this.adopt(this.pool.acquire(byteLength), byteLength);
  }

  /** Wraps a buffer that was acquired from the pool. */
  adopt(buffer: GPUBuffer, byteLength: number): DeviceBuffer {
    const handle: DeviceBuffer & { released: boolean } = {
      device: this,
      buffer,
      byteLength,
      verdict: undefined,
      released: false,
      read: (dtype) => this.#read(handle, dtype),
      release: () => {
        if (handle.released) return;
        handle.released = true;
        this.#dropped.unregister(handle);
        this.pool.release(buffer);
      },
    };
    this.#dropped.register(handle, buffer, handle);
    return handle;
  }

  /** Copies host data into a new buffer. */
  upload(data: TypedArray, dtype: DType): DeviceBuffer {
    const handle = this.allocate(data.length * bytesPerElement[dtype]);
    this.write(handle, data, dtype);
    return handle;
  }

  /** Copies host data into a buffer that is large enough. */
  write({ buffer }: DeviceBuffer, data: TypedArray, dtype: DType): void {
    this.assertAlive();
    const words =
      dtype === "bool" ? Uint32Array.from(data) : dtype === "f16" ? toHalves(data) : unshared(data);
    if (words.byteLength > 0) this.gpu.queue.writeBuffer(buffer, 0, words);
  }

  /** The bind group layout for a signature; made once. */
  #layout(bindings: readonly BindingKind[]): GPUBindGroupLayout {
    const key = bindings.join();
    let layout = this.#layouts.get(key);
    if (!layout) {
      layout = this.gpu.createBindGroupLayout({ entries: bindings.map(layoutEntry) });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  /** Compiles a kernel, or returns the one that has the same text. */
  pipeline(kernel: KernelSource): Promise<Pipeline> {
    const key = `${kernel.bindings.join()};${kernel.immediateSize}\n${kernel.code}`;
    let compiled = this.#pipelines.get(key);
    if (!compiled) {
      compiled = this.#compile(kernel);
      this.#pipelines.set(key, compiled);
      compiled.catch(() => this.#pipelines.delete(key));
    }
    return compiled;
  }

  async #compile(kernel: KernelSource): Promise<Pipeline> {
    this.assertAlive();
    // What is wrong with a kernel is said by the promises below, and to nobody else.
    this.gpu.pushErrorScope("validation");
    const layout = this.#layout(kernel.bindings);
    const module = this.gpu.createShaderModule({ label: kernel.label, code: kernel.code });
    const descriptor: GPUPipelineLayoutDescriptor & { immediateSize: number } = {
      bindGroupLayouts: [layout],
      immediateSize: kernel.immediateSize,
    };
    const pipelineLayout = this.gpu.createPipelineLayout(descriptor);
    const invalid = this.gpu.popErrorScope().catch(() => null);
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
        this.gpu.createComputePipelineAsync({
          label: kernel.label,
          layout: pipelineLayout,
          compute: { module, entryPoint: "main" },
        }),
      );
      return { pipeline, layout };
    } catch (error) {
      this.assertAlive();
      throw new DeviceError("validation", `kernel ${kernel.label}: ${(error as Error).message}`);
    }
  }

  /** Notes work that was submitted, so that waiting for it need not poll. */
  submitted(work: Work): void {
    this.submits++;
    const now = performance.now();
    if (this.#pending.length === 0) this.#pendingSince = now;
    this.#pending.push(work);
    this.#busyUntil = Math.max(now, this.#busyUntil) + work.milliseconds;
  }

  /**
   * Everything submitted has run: learns from it how long the same work will take next time. Work that was done before the sleep was over
   * (`overslept`) took less than what was measured, by an unknown amount: sleeping would never find out how fast it is.
   */
  #settle(overslept: boolean): void {
    const elapsed = performance.now() - this.#pendingSince;
    const expected = this.#pending.reduce((total, work) => total + work.milliseconds, 0);
    // A first run compiles shaders on some drivers, which says nothing about the second.
    if (expected > 0 && this.#pending.every((work) => work.runs > 0)) {
      for (const work of new Set(this.#pending)) {
        const share = (work.milliseconds * elapsed) / expected;
        if (overslept) work.milliseconds = 0.7 * Math.min(work.milliseconds, share);
        else work.milliseconds = work.runs === 1 ? share : 0.5 * (work.milliseconds + share);
      }
    }
    for (const work of this.#pending) work.runs++;
    this.#pending = [];
    this.#busyUntil = 0;
  }

  /**
   * Resolves when everything submitted so far has run. Dawn's binding polls on the main thread while a promise is pending,
   * which costs a software adapter one of its cores; so most of the wait is slept through, and the rest is polled slowly.
   */
  async synchronize(): Promise<void> {
    await this.#settled(() => this.gpu.queue.onSubmittedWorkDone());
    this.assertAlive();
  }

  /** The same without any sleep, for whoever measures how long it takes. */
  async finish(): Promise<void> {
    await this.gpu.queue.onSubmittedWorkDone();
    this.#settle(false);
    this.assertAlive();
  }

  /** Sleeps through most of the time that the submitted work is expected to take, then waits. */
  async #settled(wait: () => Promise<undefined>): Promise<void> {
    const remaining = this.#busyUntil - performance.now();
    const sleeps = remaining > 4;
    if (sleeps) await sleep(remaining * 0.8);
    const woken = performance.now();
    await waitPatiently(wait());
    this.#settle(sleeps && performance.now() - woken < 1);
  }

  async #read(handle: DeviceBuffer, dtype: DType): Promise<TypedArray> {
    this.assertAlive();
    const { buffer, byteLength } = handle;
    const length = byteLength / bytesPerElement[dtype];
    if (length === 0) return allocate(dtype, 0);
    // The copy is submitted before anything is awaited: the caller may give the buffer away right after the call.
    const { made: staging, checks } = this.#attempt(
      () => this.make(() => this.gpu.createBuffer({ size: buffer.size, usage: readbackUsage })),
      () => undefined,
    );
    let verdict: Verdict | undefined;
    const expectFine = async (): Promise<void> => {
      if (!(await granted(checks))) throw this.#outOfMemory();
      await verdict?.known;
      if (verdict?.error) throw verdict.error;
      this.assertAlive();
    };
    try {
      verdict = this.guard([handle], () => {
        const encoder = this.gpu.createCommandEncoder();
        encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
        this.gpu.queue.submit([encoder.finish()]);
      });
      this.submits++;
      await this.#settled(() => staging.mapAsync(1));
      await expectFine();
      return fromBytes(staging.getMappedRange(), dtype, length);
    } catch (error) {
      await expectFine();
      throw error;
    } finally {
      staging.destroy();
    }
  }

  /** Throws what went wrong earlier on this device: that it is lost, or, once, an error that belongs to no call. */
  assertAlive(): void {
    if (this.#failure) throw this.#failure;
    const complaint = this.#complaint;
    this.#complaint = undefined;
    if (complaint) throw complaint;
  }

  /** Frees everything; tensors on this device are lost. */
  destroy(): void {
    this.gpu.destroy();
  }
}

/** Halves, with one more at the end where their number is odd: copies are in units of four bytes. */
function toHalves(data: TypedArray): Uint16Array {
  const halves = new Uint16Array(Math.ceil(data.length / 2) * 2);
  halves.set(Uint16Array.from(data, toHalf));
  return halves;
}

/** Dawn's binding refuses memory that is shared between threads. */
const unshared = (data: TypedArray): TypedArray =>
  typeof SharedArrayBuffer !== "undefined" && data.buffer instanceof SharedArrayBuffer ? data.slice() : data;

function fromBytes(bytes: ArrayBuffer, dtype: DType, length: number): TypedArray {
  switch (dtype) {
    case "f32":
      return new Float32Array(bytes, 0, length).slice();
    case "i32":
      return new Int32Array(bytes, 0, length).slice();
    case "u32":
      return new Uint32Array(bytes, 0, length).slice();
    case "bool":
      return Uint8Array.from(new Uint32Array(bytes, 0, length));
    case "f16":
      return Float32Array.from(new Uint16Array(bytes, 0, length), fromHalf);
    default:
      throw new Error(`unknown dtype ${dtype satisfies never}`);
  }
}

let opening: Promise<Device> | undefined;

/** The device of tensors that were not put anywhere: opened at the first use. */
export function defaultDevice(): Promise<Device> {
  if (!opening) {
    const attempt = Device.open();
    opening = attempt;
    // What was missing may be there the next time.
    attempt.catch(() => {
      if (opening === attempt) opening = undefined;
    });
  }
  return opening;
}

/** Makes `device` the default from now on. */
export function setDefaultDevice(device: Device): void {
  opening = Promise.resolve(device);
}
