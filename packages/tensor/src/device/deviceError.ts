/**
 * What a device cannot do. After any kind but "limit" (a tensor too large for one binding) the device is of no more use: every later
 * use of it, and every promise that waits for it, rejects with the same error.
 */
export class DeviceError extends Error {
  readonly kind: "lost" | "outOfMemory" | "validation" | "limit";

  constructor(kind: DeviceError["kind"], message: string) {
    super(`Device: ${message}`);
    this.name = "DeviceError";
    this.kind = kind;
  }
}
