import { type Device, defaultDevice } from "@clidim/tensor";
import { InputError } from "../image/inputError.js";
import { loadTiles } from "./tileCache.js";

const prepared = new WeakSet<Device>();

/** The process's device, with the tiles that were measured on it (`tuneKernels`); where there is none, an `InputError` that says how to get one. */
export async function openDevice(): Promise<Device> {
  const device = await findDevice();
  if (!prepared.has(device)) {
    prepared.add(device);
    await loadTiles(device);
  }
  return device;
}

async function findDevice(): Promise<Device> {
  try {
    return await defaultDevice();
  } catch (error) {
    throw new InputError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
