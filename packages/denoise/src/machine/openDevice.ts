import { InputError } from "@clidim/imaging";
import { type Device, defaultDevice } from "@clidim/tensor";
import { loadTiles } from "./tileCache.js";

/** The loading of each device's tiles: callers at the same time wait for the same one. */
const prepared = new WeakMap<Device, Promise<void>>();

/** The process's device, with the tiles that were measured on it (`tuneKernels`); where there is none, an `InputError` that says how to get one. */
export async function openDevice(): Promise<Device> {
  const device = await findDevice();
  const loading = prepared.get(device) ?? loadTiles(device);
  prepared.set(device, loading);
  await loading;
  return device;
}

async function findDevice(): Promise<Device> {
  try {
    return await defaultDevice();
  } catch (error) {
    throw new InputError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
