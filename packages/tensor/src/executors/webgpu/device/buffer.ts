import type { DeviceError } from "../../../deviceError.js";
import type { Value } from "../../../executor.js";
import type { GPUBuffer } from "./gpuTypes.js";

/** Whether the call that wrote a buffer was in order, which is known a little later. */
export interface Verdict {
  /** Resolves when `error` is final. */
  known: Promise<void> | undefined;
  /** What validation said against the call, or against one that its operands came from. */
  error: DeviceError | undefined;
}

/** A value's place on a device. Reading it rejects when the device is lost, and when validation refused the call that wrote it. */
export interface DeviceBuffer extends Value {
  readonly buffer: GPUBuffer;
  /** Bytes asked for; the GPU buffer is rounded up to four. */
  readonly byteLength: number;
  /** On the call that wrote it last; undefined where calls are not checked. */
  verdict: Verdict | undefined;
}
