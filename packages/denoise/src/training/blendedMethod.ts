import { InputError } from "@clidim/imaging";
import type { ClassicalMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import type { TrainHooks } from "./trainHooks.js";

/** What the results of a model are to be a mean with, where the configuration asks for it. An `InputError` for a method that is not among those given. */
export function blendedMethod(
  { blend = "none" }: RunConfiguration,
  classical: readonly ClassicalMethod[] | undefined,
  { onWarning }: Pick<TrainHooks, "onWarning">,
): ClassicalMethod | undefined {
  if (blend === "none") return undefined;
  if (!classical) {
    onWarning?.(
      `blend is ${blend}, but no methods without training are given (classical): results of the model are the network's alone`,
    );
    return undefined;
  }
  const found = classical.find(({ name }) => name === blend);
  if (found) return found;
  const allowed = ["none", ...classical.map(({ name }) => name)].join(", ");
  throw new InputError(`blend is ${JSON.stringify(blend)}; allowed: ${allowed}`, { keys: ["blend"] });
}
