import { type DispatchTiming, Timings } from "../../timings.js";
import type { GPUDevice, GPUQuerySet } from "./gpuTypes.js";

/** GPUBufferUsage flags: QUERY_RESOLVE | COPY_SRC, and MAP_READ | COPY_DST. */
const resolveUsage = 0x200 | 0x04;
const readUsage = 0x01 | 0x08;
/** A query set holds at most 4096 timestamps. */
const maxTimestamps = 4096;

/** A pass's `timestampWrites`. */
export interface TimestampWrites {
  readonly querySet: GPUQuerySet;
  readonly beginningOfPassWriteIndex: number;
  readonly endOfPassWriteIndex: number;
}

/** Collects a pair of timestamps per dispatch; every dispatch gets a pass of its own meanwhile. */
export class Profiler {
  readonly #gpu: GPUDevice;
  readonly #sets: GPUQuerySet[] = [];
  readonly #entries: { readonly label: string; readonly flops: number }[] = [];

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  /** The timestamps to write around one dispatch. */
  next(label: string, flops: number): TimestampWrites {
    const slot = (this.#entries.push({ label, flops }) - 1) % (maxTimestamps / 2);
    if (slot === 0) this.#sets.push(this.#gpu.createQuerySet({ type: "timestamp", count: maxTimestamps }));
    return {
      querySet: this.#sets.at(-1)!,
      beginningOfPassWriteIndex: 2 * slot,
      endOfPassWriteIndex: 2 * slot + 1,
    };
  }

  /** Reads every timestamp and sums by kernel. */
  async finish(): Promise<Timings> {
    const dispatches: DispatchTiming[] = [];
    let origin: bigint | undefined;
    for (const [k, set] of this.#sets.entries()) {
      const first = (k * maxTimestamps) / 2;
      const entries = this.#entries.slice(first, first + maxTimestamps / 2);
      // Those that were written alone: some drivers wait for the others for ever.
      const count = 2 * entries.length;
      const size = count * 8;
      const resolved = this.#gpu.createBuffer({ size, usage: resolveUsage });
      const staging = this.#gpu.createBuffer({ size, usage: readUsage });
      const encoder = this.#gpu.createCommandEncoder();
      encoder.resolveQuerySet(set, 0, count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
      this.#gpu.queue.submit([encoder.finish()]);
      await staging.mapAsync(1);
      const times = new BigUint64Array(staging.getMappedRange());
      entries.forEach(({ label, flops }, slot) => {
        const begin = times[2 * slot]!;
        origin ??= begin;
        const milliseconds = Number(times[2 * slot + 1]! - begin) / 1e6;
        dispatches.push({ label, start: Number(begin - origin) / 1e6, milliseconds, flops });
      });
      for (const buffer of [resolved, staging]) buffer.destroy();
      set.destroy();
    }
    return new Timings(dispatches);
  }
}
