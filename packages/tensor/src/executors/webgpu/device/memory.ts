import { collectGarbage } from "#gpu";
import { DeviceError } from "../../../deviceError.js";
import type { DType, TypedArray } from "../../../dtype.js";
import type { Executor } from "../../../executor.js";
import type { AdapterTraits } from "./adapterTraits.js";
import type { DeviceBuffer } from "./buffer.js";
import { BufferPool, pooledUsage } from "./bufferPool.js";
import type { GPUBuffer, GPUDevice, GPUError } from "./gpuTypes.js";
import { sleep } from "./sleep.js";

/** Bytes that may come into use between two garbage collections that the device asks for. */
const collectionBytes = 2 ** 28;

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
export const granted = async (checks: readonly Promise<GPUError | null>[]): Promise<boolean> =>
  (await Promise.all(checks)).every((error) => error === null);

/** What a device's memory is made with. */
export interface MemoryOptions {
  readonly gpu: GPUDevice;
  readonly limits: AdapterTraits["limits"];
  /** Whose values lie in it. */
  readonly executor: Executor;
  readonly read: (buffer: DeviceBuffer, dtype: DType) => Promise<TypedArray>;
  /** Is told that there was no memory, where no call waits to hear it. */
  readonly complain: (error: DeviceError) => void;
}

/** The memory of a device: buffers from a pool, what the driver says about it, and the collection of what was dropped. */
export class Memory {
  readonly #gpu: GPUDevice;
  readonly #executor: Executor;
  readonly #read: MemoryOptions["read"];
  readonly #complain: MemoryOptions["complain"];
  readonly pool: BufferPool;
  readonly #dropped: FinalizationRegistry<GPUBuffer>;
  /** Whether the driver had the memory for what was made, while `reserve` listens. */
  #checks: Promise<GPUError | null>[] | undefined;
  /** The garbage collection that is under way. */
  #collecting: Promise<void> | undefined;
  /** Live bytes above which dropped tensors are looked for. */
  #collectAbove = collectionBytes;

  constructor({ gpu, limits, executor, read, complain }: MemoryOptions) {
    this.#gpu = gpu;
    this.#executor = executor;
    this.#read = read;
    this.#complain = complain;
    this.pool = new BufferPool(
      (size) => this.make(() => gpu.createBuffer({ size, usage: pooledUsage })),
      largestValue(limits),
    );
    this.#dropped = new FinalizationRegistry((buffer) => this.pool.release(buffer));
  }

  /** Calls `create`, which makes something that takes memory; whether the driver had it is told to `reserve`. */
  make<T>(create: () => T): T {
    this.#gpu.pushErrorScope("out-of-memory");
    try {
      return create();
    } finally {
      // A device that is lost says so elsewhere.
      const check = this.#gpu.popErrorScope().catch(() => null);
      if (this.#checks) this.#checks.push(check);
      else {
        void check.then((error) => {
          if (error) this.#complain(this.outOfMemory());
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
    const first = this.attempt(allocate, undo);
    if (first.checks.length === 0) return first.made;
    const confirm = async (): Promise<T> => {
      if (await granted(first.checks)) return first.made;
      this.#discard(first.peaks, undo);
      await this.#collect();
      this.pool.trim();
      const again = this.attempt(allocate, undo);
      if (await granted(again.checks)) return again.made;
      const error = this.outOfMemory();
      this.#discard(again.peaks, undo);
      throw error;
    };
    return confirm();
  }

  /** What `allocate` returns, and the checks of everything that it made; `undo` is called where it throws. */
  attempt<T>(allocate: () => T, undo: () => void): Attempt<T> {
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

  /** The error of a device that has no memory left, with how it is used. */
  outOfMemory(): DeviceError {
    return new DeviceError(
      "outOfMemory",
      `out of memory (${this.pool.describe()}); use a smaller batch, crop or tile, and donate or dispose what is not needed any more`,
    );
  }

  /** A buffer of the pool, which returns to it by `release` or when nothing refers to it any more. */
  allocate(byteLength: number): DeviceBuffer {
    const buffer = this.pool.acquire(byteLength);
    const handle: DeviceBuffer & { released: boolean } = {
      executor: this.#executor,
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
}

/** The most bytes that one value may take: it is one buffer, and bound as a whole. */
export const largestValue = ({
  maxBufferSize,
  maxStorageBufferBindingSize,
}: AdapterTraits["limits"]): number => Math.min(maxBufferSize, maxStorageBufferBindingSize);
