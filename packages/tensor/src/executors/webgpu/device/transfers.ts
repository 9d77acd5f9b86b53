import { allocate, bytesPerElement, type DType, type TypedArray } from "../../../dtype.js";
import { fromHalf, toHalf } from "../../../float16.js";
import type { DeviceBuffer, Verdict } from "./buffer.js";
import type { Faults } from "./faults.js";
import type { GPUDevice } from "./gpuTypes.js";
import { granted, type Memory } from "./memory.js";
import type { Pacing } from "./pacing.js";

/** GPUBufferUsage.MAP_READ | COPY_DST. */
const readbackUsage = 0x01 | 0x08;

/** Copies between host and device. */
export class Transfers {
  readonly #gpu: GPUDevice;
  readonly #memory: Memory;
  readonly #faults: Faults;
  readonly #pacing: Pacing;

  constructor(gpu: GPUDevice, memory: Memory, faults: Faults, pacing: Pacing) {
    this.#gpu = gpu;
    this.#memory = memory;
    this.#faults = faults;
    this.#pacing = pacing;
  }

  /** Copies host data into a new buffer. */
  upload(data: TypedArray, dtype: DType): DeviceBuffer {
    const handle = this.#memory.allocate(data.length * bytesPerElement[dtype]);
    this.write(handle, data, dtype);
    return handle;
  }

  /** Copies host data into a buffer that is large enough. */
  write({ buffer }: DeviceBuffer, data: TypedArray, dtype: DType): void {
    this.#faults.assertAlive();
    const words =
      dtype === "bool" ? Uint32Array.from(data) : dtype === "f16" ? toHalves(data) : unshared(data);
    if (words.byteLength > 0) this.#gpu.queue.writeBuffer(buffer, 0, words);
  }

  /** Copies the contents of a buffer to the host. */
  async read(handle: DeviceBuffer, dtype: DType): Promise<TypedArray> {
    this.#faults.assertAlive();
    const { buffer, byteLength } = handle;
    const length = byteLength / bytesPerElement[dtype];
    if (length === 0) return allocate(dtype, 0);
    // The copy is submitted before anything is awaited: the caller may give the buffer away right after the call.
    const { made: staging, checks } = this.#memory.attempt(
      () => this.#memory.make(() => this.#gpu.createBuffer({ size: buffer.size, usage: readbackUsage })),
      () => undefined,
    );
    let verdict: Verdict | undefined;
    const expectFine = async (): Promise<void> => {
      if (!(await granted(checks))) throw this.#memory.outOfMemory();
      await verdict?.known;
      if (verdict?.error) throw verdict.error;
      this.#faults.assertAlive();
    };
    try {
      verdict = this.#faults.guard([handle], () => {
        const encoder = this.#gpu.createCommandEncoder();
        encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
        this.#gpu.queue.submit([encoder.finish()]);
      });
      this.#pacing.submits++;
      await this.#pacing.wait(() => staging.mapAsync(1));
      await expectFine();
      return fromBytes(staging.getMappedRange(), dtype, length);
    } catch (error) {
      await expectFine();
      throw error;
    } finally {
      staging.destroy();
    }
  }
}

/** Halves, with one more at the end where their number is odd: copies are in units of four bytes. */
function toHalves(data: TypedArray): Uint16Array {
  const halves = new Uint16Array(Math.ceil(data.length / 2) * 2);
  halves.set(Uint16Array.from(data, toHalf));
  return halves;
}

/** Dawn's binding refuses memory that is shared between threads. */
const unshared = (data: TypedArray): TypedArray =>
  typeof SharedArrayBuffer !== "undefined" && data.buffer instanceof SharedArrayBuffer ? data.slice() : data;

function fromBytes(bytes: ArrayBuffer, dtype: DType, length: number): TypedArray {
  switch (dtype) {
    case "f32":
      return new Float32Array(bytes, 0, length).slice();
    case "i32":
      return new Int32Array(bytes, 0, length).slice();
    case "u32":
      return new Uint32Array(bytes, 0, length).slice();
    case "bool":
      return Uint8Array.from(new Uint32Array(bytes, 0, length));
    case "f16":
      return Float32Array.from(new Uint16Array(bytes, 0, length), fromHalf);
    default:
      throw new Error(`unknown dtype ${dtype satisfies never}`);
  }
}
