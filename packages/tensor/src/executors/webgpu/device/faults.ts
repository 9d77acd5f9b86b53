import { DeviceError } from "../../../deviceError.js";
import type { DeviceBuffer, Verdict } from "./buffer.js";
import type { GPUDevice, GPUError } from "./gpuTypes.js";

const isOutOfMemory = (error: GPUError): boolean =>
  error.constructor.name === "GPUOutOfMemoryError" || /out of (device |host )?memory/i.test(error.message);

/** What went wrong on a device, and whom it is told to. */
export class Faults {
  readonly #gpu: GPUDevice;
  /** Whether WebGPU checks every call. */
  readonly #validates: boolean;
  /** Why the device cannot be used any more. */
  #failure: DeviceError | undefined;
  /** An error that no call of ours answers for; it is thrown once. */
  #complaint: DeviceError | undefined;

  /** `outOfMemory` makes the error of a device that has no memory left. */
  constructor(gpu: GPUDevice, validates: boolean, outOfMemory: () => DeviceError) {
    this.#gpu = gpu;
    this.#validates = validates;
    gpu.onuncapturederror = ({ error }) =>
      this.complain(isOutOfMemory(error) ? outOfMemory() : new DeviceError("validation", error.message));
    void gpu.lost.then((lost) => {
      this.#failure ??= new DeviceError(
        "lost",
        `lost (${lost.reason}): ${lost.message || "no reason given"}; open a new device and start from the last checkpoint`,
      );
    });
  }

  /** Keeps an error that belongs to no call, unless there is one already. */
  complain(error: DeviceError): void {
    this.#complaint ??= error;
  }

  /** Throws what went wrong earlier: that the device is lost, or, once, an error that belongs to no call. */
  assertAlive(): void {
    if (this.#failure) throw this.#failure;
    const complaint = this.#complaint;
    this.#complaint = undefined;
    if (complaint) throw complaint;
  }

  /**
   * Calls `submit`, which hands over work that reads `inputs`, and returns what validation will have said against it, or against what
   * wrote the inputs. Throws what is known already.
   */
  guard(inputs: readonly DeviceBuffer[], submit: () => void): Verdict | undefined {
    if (!this.#validates) {
      submit();
      return undefined;
    }
    const earlier = new Set<Verdict>();
    for (const { verdict } of inputs) {
      if (verdict?.error) throw verdict.error;
      if (verdict?.known) earlier.add(verdict);
    }
    const verdict: Verdict = { known: undefined, error: undefined };
    this.#gpu.pushErrorScope("validation");
    try {
      submit();
    } finally {
      const own = this.#gpu.popErrorScope().catch(() => null);
      const settle = async (): Promise<void> => {
        const error = await own;
        for (const before of earlier) {
          await before.known;
          verdict.error ??= before.error;
        }
        if (error) verdict.error ??= new DeviceError("validation", error.message);
        verdict.known = undefined;
      };
      verdict.known = settle();
    }
    return verdict;
  }
}
