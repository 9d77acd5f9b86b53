import { adapterRecord } from "@clidim/denoise";
import { InputError } from "@clidim/imaging";
import { Device, DeviceError, setDefaultDevice } from "@clidim/tensor";
import { type WasmExecutor, wasmThreads } from "@clidim/tensor/wasm";
import type { Computing, Machine } from "../engine/engine.js";

/** The GPU, or why there is none. */
type Gpu = { readonly device: Device } | { readonly reason: string };

let wanted: Computing | undefined;
let gpu: Promise<Gpu> | undefined;
/** Whether there was a GPU. */
let had = false;
let processor: WasmExecutor | undefined;

/** What trains and applies networks: the GPU, opened anew where it was lost, or the processor where the browser offers none; an `InputError` that says what to do where neither can. */
export async function computer(): Promise<Device | WasmExecutor> {
  const found = await findGpu();
  if ("device" in found) return found.device;
  if (wasmThreads() === 0) throw new InputError(neither(found.reason));
  if (!processor) {
    // Only here: most pages do without.
    const { openProcessor } = await import("./processor.js");
    processor ??= openProcessor();
  }
  setDefaultDevice(processor);
  return processor;
}

/** Which of the two it is. */
export const kindOf = (one: Device | WasmExecutor): "gpu" | "processor" =>
  one instanceof Device && one.traits.kind === "gpu" ? "gpu" : "processor";

/** Whether there is something to train and apply networks with. */
export const hasComputer = async (): Promise<boolean> => "device" in (await findGpu()) || wasmThreads() > 0;

/** The GPU, until it is lost. An error of it that no call answers for is left to the job that it fails. */
function findGpu(): Promise<Gpu> {
  if (gpu) return gpu;
  const opened = openGpu();
  gpu = opened;
  void opened.then(async (found) => {
    if (!("device" in found)) return;
    await found.device.gpu.lost;
    if (gpu === opened) gpu = undefined;
  });
  return opened;
}

/** Has a GPU that was taken away and did not come back be asked for anew, as before a job; within one, what has begun on the processor goes on there. */
export async function forgetLoss(): Promise<void> {
  const asked = gpu;
  const found = await asked;
  if (had && gpu === asked && found && !("device" in found)) gpu = undefined;
}

/** What `run` gives; where the browser takes the GPU away meanwhile, it is run again on what there is then, at most so many times, and that is told. */
export async function onAnotherDevice<T>(
  run: () => Promise<T>,
  {
    times,
    goingOn,
    onWarning,
  }: { readonly times: number; readonly goingOn: string; readonly onWarning: (sentence: string) => void },
): Promise<T> {
  for (let again = 0; ; again++) {
    try {
      return await run();
    } catch (error) {
      if (!isLoss(error) || again === times) throw error;
      const back = (await computer()) instanceof Device;
      onWarning(
        back
          ? `The browser took the GPU away; ${goingOn}.`
          : `The browser took the GPU away, and it did not come back; ${goingOn} on the processor, many times slower.`,
      );
    }
  }
}

function isLoss(error: unknown): boolean {
  if (error instanceof DeviceError && error.kind === "lost") return true;
  return error instanceof Error && error.cause !== undefined && isLoss(error.cause);
}

async function openGpu(): Promise<Gpu> {
  if (wanted === "processor") return { reason: "the page's address asks for that" };
  try {
    const device = await Device.open();
    // On a processor, browsers take fifty times as long for WebGPU as for the same by WebAssembly.
    if (device.traits.kind === "software" && wanted !== "webgpu" && wasmThreads() > 0) {
      device.destroy();
      return {
        reason:
          "this browser computes without a GPU; where the machine has one, enable hardware acceleration in the browser's settings",
      };
    }
    setDefaultDevice(device);
    had = true;
    return { device };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // What the library says without the name of its function.
    return { reason: message.replace(/^[\w.]+: /, "") };
  }
}

const neither = (reason: string): string =>
  `Methods that are trained need WebGPU or WebAssembly with 128-bit vectors: ${reason}. Methods without training work all the same.`;

export async function machine(computing?: Computing): Promise<Machine> {
  if (computing !== wanted) gpu = undefined;
  wanted = computing;
  const { deviceMemory } = navigator as Navigator & { readonly deviceMemory?: number }; // in some browsers
  const memory = deviceMemory === undefined ? {} : { memoryGiB: deviceMemory };
  const found = await findGpu();
  if ("device" in found) {
    return { adapter: { name: adapterRecord(found.device).name, kind: kindOf(found.device) }, ...memory };
  }
  const threads = wasmThreads();
  if (threads === 0) return { advice: neither(found.reason), ...memory };
  return {
    adapter: {
      name: threads === 1 ? "1 core" : `${threads} cores`,
      kind: "processor",
      ...(threads === 1 && navigator.hardwareConcurrency > 1 && { oneOfSeveral: true }),
    },
    advice: `Training and models run on the processor, many times slower than on a GPU: ${found.reason}.`,
    ...memory,
  };
}
