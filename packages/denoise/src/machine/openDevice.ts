import { InputError } from "@clidim/imaging";
import { Device, defaultExecutor, hasDefaultExecutor, setDefaultDevice } from "@clidim/tensor";
import { WasmExecutor } from "@clidim/tensor/wasm";
import { adapterRecord, type Computer } from "./adapter.js";
import { adapterNumbers } from "./adapterNumbers.js";
import { checkFileLimit } from "./checkFileLimit.js";
import { loadTiles } from "./tileCache.js";

/** The loading of each device's tiles: callers at the same time wait for the same one. */
const prepared = new WeakMap<Device, Promise<void>>();

/** What the process computes with: a device with the tiles that were measured on it (`tuneKernels`), or WebAssembly where that was chosen, or no adapter can be had; an `InputError` where what was chosen cannot run here. */
export async function openDevice(): Promise<Computer> {
  const device = await findDevice();
  if (!(device instanceof Device)) return device;
  checkFileLimit(adapterRecord(device).name);
  const loading = prepared.get(device) ?? loadTiles(device);
  prepared.set(device, loading);
  await loading;
  return device;
}

let chosen: (() => Promise<Computer>) | undefined;

/** From now on, `openDevice` opens the adapter with this number or else with this in its name, or the processor for "webassembly"; an `InputError` then, with the names of those that there are, where there is none, and where the number is not that of the first of its name (`adapterNumbers`). An empty text, as of a variable that is not set, is `chooseGpuOrProcessor`. */
export const chooseAdapter = (wanted: string): void =>
  choose(wanted === "" ? openGpuOrProcessor : () => openAdapter(wanted));

/** From now on, `openDevice` opens a GPU, or the processor where there is none: an adapter that is software takes it twice as long as WebAssembly. What was made the default before stays it. */
export const chooseGpuOrProcessor = (): void => choose(openGpuOrProcessor);

/** `open` is called once, when it is first needed. */
function choose(open: () => Promise<Computer>): void {
  let opening: Promise<Computer> | undefined;
  chosen = () => {
    opening ??= open();
    return opening;
  };
}

async function openGpuOrProcessor(): Promise<Computer> {
  const isOwn = !hasDefaultExecutor();
  const computer = await openDefault();
  if (!(isOwn && computer instanceof Device && computer.traits.kind === "software")) return computer;
  computer.destroy();
  return openProcessor();
}

/** What WebAssembly is called among the adapters. */
const webAssembly = "WebAssembly";

async function openAdapter(wanted: string): Promise<Computer> {
  if (webAssembly.toLowerCase().startsWith(wanted.toLowerCase())) return openProcessor();
  const adapters = await adapterNumbers();
  // "3090" is no number of any, and part of a name.
  const numbered = /^\d+$/.test(wanted) ? adapters[Number(wanted)] : undefined;
  const found = numbered ?? adapters.find(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  if (!found && adapters.length > 0) {
    const known = adapters.flatMap(({ number, name, hiddenBy }) =>
      hiddenBy === undefined ? [`${number}: ${name}`] : [],
    );
    throw new InputError(`adapter is "${wanted}"; expected one of ${[...known, webAssembly].join(", ")}`, {
      keys: ["adapter"],
    });
  }
  if (found?.hiddenBy !== undefined) {
    throw new InputError(
      `adapter is "${wanted}", ${found.name}, whose name leads to adapter ${found.hiddenBy}: adapters are opened by their names, the first that has it; for another card of that name, have the process see that card alone, as in a container or a job of a cluster that was given it (CUDA_VISIBLE_DEVICES does not act on Vulkan)`,
      { keys: ["adapter"] },
    );
  }
  const device = await Device.open(found ? { adapter: found.name } : {});
  setDefaultDevice(device);
  return device;
}

async function findDevice(): Promise<Computer> {
  try {
    return await (chosen ?? openDefault)();
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

async function openDefault(): Promise<Computer> {
  const executor = await defaultExecutor().catch(openProcessor);
  if (executor instanceof Device || executor instanceof WasmExecutor) return executor;
  throw new Error(
    `openDevice: ${executor.name} was made the default, which trains no networks; open a device`,
  );
}

/** The processor, by its name or where no adapter can be had. */
function openProcessor(): WasmExecutor {
  const executor = new WasmExecutor();
  setDefaultDevice(executor);
  return executor;
}
