/**
 * What a device, or another executor, cannot do. "lost" is for good: every later use of the device, and every promise that waits for it, rejects with the same
 * error. The others are about one call, whose results cannot be read, and the device goes on: "limit" (a tensor too large for one
 * binding), "outOfMemory" (after what is free was given back and the call tried again), "validation" (a call that WebGPU refused).
 */
export class DeviceError extends Error {
  readonly kind: "lost" | "outOfMemory" | "validation" | "limit";

  constructor(kind: DeviceError["kind"], message: string) {
    super(`Device: ${message}`);
    this.name = "DeviceError";
    this.kind = kind;
  }
}
