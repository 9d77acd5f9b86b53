import { type Device, defaultDevice } from "@clidim/tensor";
import { InputError } from "../image/inputError.js";

/** The process's device; where there is none, an `InputError` that says how to get one. */
export async function openDevice(): Promise<Device> {
  try {
    return await defaultDevice();
  } catch (error) {
    throw new InputError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
