import type { GPUDevice, GPUQuerySet } from "./gpuTypes.js";

/** GPUBufferUsage flags: QUERY_RESOLVE | COPY_SRC, and MAP_READ | COPY_DST. */
const resolveUsage = 0x200 | 0x04;
const readUsage = 0x01 | 0x08;
/** A query set holds at most 4096 timestamps. */
const maxTimestamps = 4096;

/** Time on the device of one kernel, over all its dispatches. */
export interface KernelTiming {
  readonly label: string;
  readonly dispatches: number;
  readonly milliseconds: number;
  /** Floating-point operations that the kernel declared, or 0. */
  readonly flops: number;
}

/** One dispatch on the device's clock, in milliseconds. */
export interface DispatchTiming {
  readonly label: string;
  readonly start: number;
  readonly milliseconds: number;
  readonly flops: number;
}

/** What ran while profiling. */
export class Timings {
  /** In order of execution; the first starts at 0. */
  readonly dispatches: readonly DispatchTiming[];
  /** The costliest kernel first. */
  readonly kernels: readonly KernelTiming[];

  constructor(dispatches: readonly DispatchTiming[]) {
    this.dispatches = dispatches;
    const byLabel = new Map<string, { dispatches: number; milliseconds: number; flops: number }>();
    for (const { label, milliseconds, flops } of dispatches) {
      const entry = byLabel.get(label) ?? { dispatches: 0, milliseconds: 0, flops: 0 };
      entry.dispatches++;
      entry.milliseconds += milliseconds;
      entry.flops += flops;
      byLabel.set(label, entry);
    }
    this.kernels = [...byLabel]
      .map(([label, entry]) => ({ label, ...entry }))
      .sort((a, b) => b.milliseconds - a.milliseconds);
  }

  /** JSON for chrome://tracing and Perfetto: one complete event per dispatch. */
  toChromeTrace(): string {
    const traceEvents = this.dispatches.map(({ label, start, milliseconds, flops }) => ({
      name: label,
      ph: "X",
      pid: 0,
      tid: 0,
      ts: start * 1000,
      dur: milliseconds * 1000,
      ...(flops > 0 && { args: { "GFLOP/s": flops / milliseconds / 1e6 } }),
    }));
    return JSON.stringify({ traceEvents, displayTimeUnit: "ms" });
  }

  get milliseconds(): number {
    return this.kernels.reduce((total, kernel) => total + kernel.milliseconds, 0);
  }

  /** One row per kernel: time, share, dispatches, achieved GFLOP/s. */
  toString(): string {
    const total = this.milliseconds;
    const rows = this.kernels.map(({ label, dispatches, milliseconds, flops }) => {
      const rate = flops > 0 ? (flops / milliseconds / 1e6).toFixed(1) : "";
      const share = ((100 * milliseconds) / total).toFixed(1);
      return `${milliseconds.toFixed(3).padStart(10)} ${share.padStart(6)} ${String(dispatches).padStart(6)} ${rate.padStart(9)}  ${label}`;
    });
    const header = `${"ms".padStart(10)} ${"%".padStart(6)} ${"calls".padStart(6)} ${"GFLOP/s".padStart(9)}  kernel`;
    return [header, ...rows, `${total.toFixed(3).padStart(10)}  in all`].join("\n");
  }
}

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
      const size = maxTimestamps * 8;
      const resolved = this.#gpu.createBuffer({ size, usage: resolveUsage });
      const staging = this.#gpu.createBuffer({ size, usage: readUsage });
      const encoder = this.#gpu.createCommandEncoder();
      encoder.resolveQuerySet(set, 0, maxTimestamps, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
      this.#gpu.queue.submit([encoder.finish()]);
      await staging.mapAsync(1);
      const times = new BigUint64Array(staging.getMappedRange());
      const first = (k * maxTimestamps) / 2;
      this.#entries.slice(first, first + maxTimestamps / 2).forEach(({ label, flops }, slot) => {
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
