import { layerConfiguration } from "@clidim/denoise";
import { InputError } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import type { TrainRequest, ValueProblem } from "../../engine/engine.js";
import { nestedValues } from "./nestedValues.js";

/** What is wrong with values: what the library says of them. */
export function checkValues({
  method: name,
  preset,
  values,
}: Pick<TrainRequest, "method" | "preset" | "values">): readonly ValueProblem[] {
  const method = methods.trainedNamed(name);
  try {
    layerConfiguration(method, { preset, flags: nestedValues(values) });
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [{ keys: error.keys, sentence: error.message }];
  }
}
