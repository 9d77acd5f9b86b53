import { phaseAt } from "../protocol/phaseAt.js";
import type { Model } from "./modelFile.js";

/** That the network of a model cannot denoise yet, in a sentence: its training was stopped before the first update, or before the first that trains all that its result comes from. Undefined of others. */
export function untrained(
  path: string,
  { method, provenance: { updates }, configuration }: Pick<Model, "method" | "provenance" | "configuration">,
): string | undefined {
  if (typeof updates !== "number") return undefined;
  const goOn = "go on with its training first";
  const trained = `${path} was trained for ${updates} of ${configuration.updates} updates`;
  if (updates === 0) return `${trained}, so that its network has learnt nothing; ${goOn}`;
  const phases = method.phases(configuration);
  if (!phaseAt(phases, updates - 1).preparing) return undefined;
  const { from } = phases.find(({ preparing }) => !preparing)!; // there is a phase that trains the network
  return `${trained}, of which the first ${from} prepare its network alone, so that it cannot denoise yet; ${goOn}`;
}
