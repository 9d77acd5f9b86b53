import type { ProgramStep, Resource } from "../kernels/step.js";
import type { Lowered } from "./lower.js";
import type { Resources } from "./resources.js";

/** Where the values of a graph inside another one lie, by the numbers of its inputs and outputs. */
export interface Ends {
  readonly operand: (index: number) => Resource;
  readonly result: (index: number) => Resource;
  /** Where the number of the turn is, in a loop that has one. */
  readonly turn?: Resource;
}

/** The commands of a graph as commands of the program that it is part of, and the memory that they have for themselves there. */
export function splice(
  lowered: Lowered,
  resources: Resources,
  { operand, result, turn }: Ends,
): { readonly steps: ProgramStep[]; readonly own: ReadonlySet<Resource> } {
  const outputs = new Map(lowered.outputs.map((resource, k) => [resource, result(k)]));
  const own = new Set<Resource>();
  const renamed = lowered.resources.map((spec, resource): Resource => {
    if (spec.kind === "input") return operand(spec.index);
    const known = outputs.get(resource);
    if (known !== undefined) return known;
    const added = resources.add(spec);
    if (spec.kind === "buffer" || spec.kind === "texture" || spec.kind === "gate") own.add(added);
    return added;
  });
  return { steps: lowered.steps.map((step) => rename(step, renamed, turn)), own };
}

/** A command on the resources of the program around it. */
function rename(step: ProgramStep, renamed: readonly Resource[], turn?: Resource): ProgramStep {
  const to = (resource: Resource): Resource => renamed[resource]!;
  switch (step.kind) {
    case "dispatch": {
      const resources = step.resources.map(to);
      const bindings = step.kernel.bindings.map((kind, k) => (resources[k] === turn ? "turn" : kind));
      const { gate, choice } = step;
      return {
        ...step,
        resources,
        kernel: { ...step.kernel, bindings },
        ...(gate && { gate: { ...gate, resource: to(gate.resource) } }),
        ...(choice && { choice: { ...choice, index: to(choice.index), gate: to(choice.gate) } }),
      };
    }
    case "copyToTexture":
      return { ...step, source: to(step.source), texture: to(step.texture) };
    case "loop":
      return {
        ...step,
        steps: step.steps.map((inside) => rename(inside, renamed, turn)),
        carried: step.carried.map(({ initial, final, between, now, next }) => ({
          initial: to(initial),
          final: to(final),
          between: to(between),
          now: to(now),
          next: to(next),
        })),
        throughout: step.throughout.map(to),
      };
    default:
      return step satisfies never;
  }
}
