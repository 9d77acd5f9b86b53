import { type NoiseMeasurement, parseNoiseMeasurement } from "../noise/noiseMeasurement.js";
import { readTextFile } from "./readWholeFile.js";

/** The noise model in a file. Errors as `parseNoiseMeasurement`; a file that cannot be read is an `InputError`. */
export async function readNoiseMeasurement(path: string): Promise<NoiseMeasurement> {
  return parseNoiseMeasurement(await readTextFile(path), path);
}
