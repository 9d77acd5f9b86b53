import { readFile } from "node:fs/promises";
import { type NoiseMeasurement, parseNoiseMeasurement } from "../noise/noiseMeasurement.js";
import { fileError } from "./fileError.js";

/** The noise model in a file. Errors as `parseNoiseMeasurement`; a file that cannot be read is an `InputError`. */
export async function readNoiseMeasurement(path: string): Promise<NoiseMeasurement> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw fileError("read", path, error);
  }
  return parseNoiseMeasurement(text, path);
}
