import type { DType, TypedArray } from "../../../dtype.js";
import type { Device } from "./device.js";
import type { DeviceError } from "./deviceError.js";
import type { GPUBuffer } from "./gpuTypes.js";

/** Whether the call that wrote a buffer was in order, which is known a little later. */
export interface Verdict {
  /** Resolves when `error` is final. */
  known: Promise<void> | undefined;
  /** What validation said against the call, or against one that its operands came from. */
  error: DeviceError | undefined;
}

/** A value's place on a device. */
export interface DeviceBuffer {
  readonly device: Device;
  readonly buffer: GPUBuffer;
  /** Bytes asked for; the GPU buffer is rounded up to four. */
  readonly byteLength: number;
  /** On the call that wrote it last; undefined where calls are not checked. */
  verdict: Verdict | undefined;
  /** Copies the contents to the host. Rejects when the device is lost, and when validation refused the call that wrote them. */
  read(dtype: DType): Promise<TypedArray>;
  /** Returns the memory to the device's pool. */
  release(): void;
}
