import { InputError } from "@clidim/imaging";
import { Device, defaultDevice, setDefaultDevice } from "@clidim/tensor";
import type { WasmExecutor } from "@clidim/tensor/wasm";
import type { Machine } from "../engine/engine.js";

/** What trains and applies networks, and why it is no GPU. */
interface Found {
  readonly computer: Device | WasmExecutor;
  readonly advice?: string;
}

let found: Promise<Found> | undefined;

/** What trains and applies networks: the GPU, or the processor where the browser offers none; an `InputError` that says what to do where there is neither. */
export const computer = async (): Promise<Found["computer"]> => (await find()).computer;

/** Opens it anew, after the browser has taken the GPU away. */
export async function openAgain(): Promise<void> {
  found = open(() => Device.open());
  await found;
}

function find(): Promise<Found> {
  found ??= open(defaultDevice).catch((error) => {
    found = undefined;
    throw error;
  });
  return found;
}

/** WebGPU without a GPU, as some browsers have it, takes fifty times as long as the same by WebAssembly. */
const SOFTWARE =
  "This browser computes on the processor: a GPU trains many times as fast. Where the machine has one, enable hardware acceleration in the browser's settings.";

async function open(gpu: () => Promise<Device>): Promise<Found> {
  let advice = SOFTWARE;
  let failure: unknown;
  try {
    const device = await gpu();
    if (device.traits.kind === "gpu") {
      setDefaultDevice(device);
      return { computer: device };
    }
  } catch (error) {
    failure = error;
    advice = `Training and models run on the processor here, many times slower than on a GPU: ${reasonOf(error)}.`;
  }
  try {
    // Only here: with a GPU the page does without.
    const { WasmExecutor } = await import("@clidim/tensor/wasm");
    const processor = new WasmExecutor();
    setDefaultDevice(processor);
    return { computer: processor, advice: `${advice}${ofCores(processor)}` };
  } catch (error) {
    const reasons = [failure, error].filter((one) => one !== undefined).map(reasonOf);
    throw new InputError(
      `Methods that are trained need WebGPU or WebAssembly: ${reasons.join("; ")}. Methods without training work all the same.`,
      { cause: error },
    );
  }
}

/** What the library says without the name of its function. */
function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/^[\w.]+: /, "");
}

/** Memory is shared by several cores in pages that are isolated from all others; of a server that does not ask for it, only the site's own service worker can, from the second visit on. */
function ofCores({ threads }: WasmExecutor): string {
  return threads === 1 && navigator.hardwareConcurrency > 1
    ? " It uses one core of several; load the page again to use all of them."
    : "";
}

export async function machine(): Promise<Machine> {
  const { deviceMemory } = navigator as Navigator & { readonly deviceMemory?: number }; // in some browsers
  const memory = deviceMemory === undefined ? {} : { memoryGiB: deviceMemory };
  try {
    const { computer, advice } = await find();
    return {
      adapter:
        computer instanceof Device
          ? { name: computer.toString(), kind: "gpu" }
          : { name: computer.threads === 1 ? "1 core" : `${computer.threads} cores`, kind: "processor" },
      ...(advice !== undefined && { advice }),
      ...memory,
    };
  } catch (error) {
    return { advice: error instanceof Error ? error.message : String(error), ...memory };
  }
}
