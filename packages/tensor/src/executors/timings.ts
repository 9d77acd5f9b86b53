/** Time of one kernel, over all its dispatches: its calls, on a processor. */
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
