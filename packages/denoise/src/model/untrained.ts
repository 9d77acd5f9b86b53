import type { Model } from "./modelFile.js";

/** That the network of a model is as it was drawn, in a sentence: its training was stopped before the first update. Undefined of others. */
export function untrained(
  path: string,
  { provenance, configuration }: Pick<Model, "provenance" | "configuration">,
): string | undefined {
  if (provenance.updates !== 0) return undefined;
  return `${path} was trained for 0 of ${configuration.updates} updates, so that its network has learnt nothing; go on with its training first`;
}
