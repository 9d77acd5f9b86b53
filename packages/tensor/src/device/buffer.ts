import type { DType, TypedArray } from "../dtype.js";
import type { Device } from "./device.js";
import type { GPUBuffer } from "./gpuTypes.js";

/** A value's place on a device. */
export interface DeviceBuffer {
  readonly device: Device;
  readonly buffer: GPUBuffer;
  /** Bytes asked for; the GPU buffer is rounded up to four. */
  readonly byteLength: number;
  /** Copies the contents to the host. Rejects when the device is lost. */
  read(dtype: DType): Promise<TypedArray>;
  /** Returns the memory to the device's pool. */
  release(): void;
}
