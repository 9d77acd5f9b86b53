import type { ProgramStep, Resource } from "../kernels/step.js";
import { effectsOf } from "./effectsOf.js";

/**
 * The commands that compute the same in every turn, and the others: those that read nothing which changes, and alone write memory of the body's own. `lasting`: what the others name and what has to live through all turns, as it is from
 * outside, or from the first ones.
 */
export function splitInvariant(
  steps: readonly ProgramStep[],
  own: ReadonlySet<Resource>,
  changing: Set<Resource>,
): {
  readonly before: ProgramStep[];
  readonly inside: ProgramStep[];
  readonly lasting: readonly Resource[];
} {
  const effects = steps.map((step) => effectsOf([step]));
  const writers = new Map<Resource, number>();
  for (const { written } of effects) {
    for (const resource of written) writers.set(resource, (writers.get(resource) ?? 0) + 1);
  }
  const before: ProgramStep[] = [];
  const inside: ProgramStep[] = [];
  steps.forEach((step, k) => {
    const { named, written } = effects[k]!;
    const isInvariant =
      step.kind !== "loop" &&
      [...named].every((resource) => !changing.has(resource)) &&
      [...written].every((resource) => own.has(resource) && writers.get(resource) === 1);
    (isInvariant ? before : inside).push(step);
    if (!isInvariant) for (const resource of written) changing.add(resource);
  });
  const already = effectsOf(before).named;
  const lasting = [...effectsOf(inside).named].filter(
    (resource) => !own.has(resource) || already.has(resource),
  );
  return { before, inside, lasting };
}
