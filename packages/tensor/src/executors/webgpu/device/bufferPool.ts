import { DeviceError } from "../../../deviceError.js";
import type { GPUBuffer } from "./gpuTypes.js";

/** Usage of every pooled buffer, by the flags of the WebGPU specification: STORAGE | COPY_SRC | COPY_DST. */
export const pooledUsage: number = 0x80 | 0x04 | 0x08;

/** Bytes that may wait in the pool even where less is in use. */
const keptBytes = 2 ** 28;

/**
 * Buffers of exact sizes, last in, first out. As training steps ask for the same sizes in the same order, step n + 1
 * receives the buffers of step n, and its bind groups with them. What waits takes at most as much memory as what is in use, or 256 MiB:
 * the sizes that were returned longest ago go first.
 */
export class BufferPool {
  readonly #create: (size: number) => GPUBuffer;
  /** By size; the size that was returned last stands last. */
  readonly #free: Map<number, GPUBuffer[]> = new Map();
  liveBytes = 0;
  peakBytes = 0;
  pooledBytes = 0;
  created = 0;

  readonly #limit: number;

  /** `limit` bytes are the most that one buffer may have. */
  constructor(create: (size: number) => GPUBuffer, limit: number) {
    this.#create = create;
    this.#limit = limit;
  }

  acquire(byteLength: number): GPUBuffer {
    const size = Math.max(4, Math.ceil(byteLength / 4) * 4);
    if (size > this.#limit) {
      throw new DeviceError(
        "limit",
        `a tensor of ${size} bytes is above this adapter's limit of ${this.#limit} bytes for one binding ` +
          `(${this.describe()}); use a smaller batch, crop or tile`,
      );
    }
    let buffer = this.#free.get(size)?.pop();
    if (buffer) {
      this.pooledBytes -= size;
    } else {
      buffer = this.#create(size);
      this.created++;
    }
    this.liveBytes += size;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
    return buffer;
  }

  release(buffer: GPUBuffer): void {
    const { size } = buffer;
    this.liveBytes -= size;
    this.pooledBytes += size;
    const free = this.#free.get(size) ?? [];
    free.push(buffer);
    this.#free.delete(size);
    this.#free.set(size, free);
    const allowed = Math.max(keptBytes, this.liveBytes);
    for (const [other, waiting] of this.#free) {
      while (this.pooledBytes > allowed && waiting.length > 0) {
        waiting.shift()!.destroy();
        this.pooledBytes -= other;
      }
      if (this.pooledBytes <= allowed) break;
      this.#free.delete(other);
    }
  }

  /** Gives the pooled buffers back to the driver. */
  trim(): void {
    for (const buffers of this.#free.values()) for (const buffer of buffers) buffer.destroy();
    this.#free.clear();
    this.pooledBytes = 0;
  }

  describe(): string {
    return `${this.liveBytes} bytes live, ${this.peakBytes} at the peak, ${this.pooledBytes} pooled`;
  }
}
