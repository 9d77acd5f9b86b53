import { DeviceError } from "./deviceError.js";
import type { GPUBuffer, GPUDevice } from "./gpuTypes.js";

/** Usage of every pooled buffer, by the flags of the WebGPU specification: STORAGE | COPY_SRC | COPY_DST. */
const usage = 0x80 | 0x04 | 0x08;

/**
 * Buffers of exact sizes, last in, first out. As training steps ask for the same sizes in the same order, step n + 1
 * receives the buffers of step n, and its bind groups with them.
 */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #free: Map<number, GPUBuffer[]> = new Map();
  liveBytes = 0;
  peakBytes = 0;
  pooledBytes = 0;
  created = 0;

  readonly #limit: number;

  /** `limit` bytes are the most that one buffer may have. */
  constructor(device: GPUDevice, limit: number) {
    this.#device = device;
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
    this.liveBytes += size;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
    const pooled = this.#free.get(size)?.pop();
    if (pooled) {
      this.pooledBytes -= size;
      return pooled;
    }
    this.created++;
    return this.#device.createBuffer({ size, usage });
  }

  release(buffer: GPUBuffer): void {
    this.liveBytes -= buffer.size;
    this.pooledBytes += buffer.size;
    const free = this.#free.get(buffer.size);
    if (free) free.push(buffer);
    else this.#free.set(buffer.size, [buffer]);
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
