import { InputError } from "@clidim/imaging";
import { Device, defaultDevice, setDefaultDevice } from "@clidim/tensor";
import { adapterRecord } from "./adapter.js";
import { checkFileLimit } from "./checkFileLimit.js";
import { loadTiles } from "./tileCache.js";

/** The loading of each device's tiles: callers at the same time wait for the same one. */
const prepared = new WeakMap<Device, Promise<void>>();

/** The process's device, with the tiles that were measured on it (`tuneKernels`); where there is none, or none that can run here, an `InputError` that says how to get one. */
export async function openDevice(): Promise<Device> {
  const device = await findDevice();
  checkFileLimit(adapterRecord(device).name);
  const loading = prepared.get(device) ?? loadTiles(device);
  prepared.set(device, loading);
  await loading;
  return device;
}

let chosen: (() => Promise<Device>) | undefined;

/** From now on, `openDevice` opens the adapter with this number or with this in its name; an `InputError` then, with the names of those that there are, where there is none. */
export function chooseAdapter(wanted: string): void {
  let opening: Promise<Device> | undefined;
  chosen = () => {
    opening ??= openAdapter(wanted);
    return opening;
  };
}

async function openAdapter(wanted: string): Promise<Device> {
  const names = await Device.adapters();
  const name = /^\d+$/.test(wanted)
    ? names[Number(wanted)]
    : names.find((known) => known.toLowerCase().includes(wanted.toLowerCase()));
  if (name === undefined && names.length > 0) {
    const known = names.map((other, i) => `${i}: ${other}`).join(", ");
    throw new InputError(`adapter is "${wanted}"; expected one of ${known}`, { keys: ["adapter"] });
  }
  const device = await Device.open(name === undefined ? {} : { adapter: name });
  setDefaultDevice(device);
  return device;
}

async function findDevice(): Promise<Device> {
  try {
    return await (chosen ? chosen() : defaultDevice());
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
