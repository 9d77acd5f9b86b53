import type { TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import type { TrainingScene } from "./crops.js";

/** The configuration with what the training images decide, see `TrainedMethod.prepare`; `onWarning` is told what that is. */
export async function preparedConfiguration<C extends RunConfiguration>(
  method: Pick<TrainedMethod<C>, "prepare">,
  configuration: C,
  scenes: readonly TrainingScene[],
  onWarning?: (sentence: string) => void,
): Promise<C> {
  if (!method.prepare) return configuration;
  const prepared = await method.prepare(configuration, { scenes });
  const before = new Map<string, unknown>(Object.entries(configuration));
  const decided = Object.entries(prepared).filter(([key, value]) => value !== before.get(key));
  if (decided.length > 0) {
    const values = decided.map(([key, value]) => `${key} ${JSON.stringify(value)}`.replaceAll('"', ""));
    onWarning?.(`as the training images have it: ${values.join(", ")}`);
  }
  return prepared;
}
