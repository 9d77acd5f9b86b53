import { InputError } from "@clidim/imaging";
import { type Device, defaultDevice } from "@clidim/tensor";
import type { Machine } from "../engine/engine.js";

/** The device; an `InputError` that says what to do where there is none. */
export async function gpuDevice(): Promise<Device> {
  try {
    return await defaultDevice();
  } catch (error) {
    throw new InputError(adviceOf(error), { cause: error });
  }
}

/** What the library says without the name of its function. */
function adviceOf(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/^[\w.]+: /, "");
  return `Methods that are trained need WebGPU: ${message}. Methods without training work all the same.`;
}

const SOFTWARE =
  "This browser computes on the processor, not on a GPU: training takes a hundred times as long. Where the machine has a GPU, enable hardware acceleration in the browser's settings.";

export async function machine(): Promise<Machine> {
  const { deviceMemory } = navigator as Navigator & { readonly deviceMemory?: number }; // in some browsers
  const memory = deviceMemory === undefined ? {} : { memoryGiB: deviceMemory };
  try {
    const device = await defaultDevice();
    const { kind } = device.traits;
    return {
      adapter: { name: device.toString(), kind },
      ...(kind === "software" && { advice: SOFTWARE }),
      ...memory,
    };
  } catch (error) {
    return { advice: adviceOf(error), ...memory };
  }
}
