import type { ProgramStep, Resource } from "../kernels/step.js";

/** What commands do to the memory of a program. */
export interface Effects {
  /** All resources that the commands name. */
  readonly named: Set<Resource>;
  /** Those that they write; what is bound for writing may be read too. */
  readonly written: Set<Resource>;
}

export function effectsOf(steps: readonly ProgramStep[]): Effects {
  const named = new Set<Resource>();
  const written = new Set<Resource>();
  for (const step of steps) {
    switch (step.kind) {
      case "dispatch":
        if (step.gate) named.add(step.gate.resource);
        step.resources.forEach((resource, k) => {
          named.add(resource);
          const kind = step.kernel.bindings[k];
          if (kind === "write" || kind === "texture-write") written.add(resource);
        });
        break;
      case "copyToTexture":
        named.add(step.source).add(step.texture);
        written.add(step.texture);
        break;
      case "loop": {
        const inside = effectsOf(step.steps);
        for (const resource of [...inside.named, ...step.throughout]) named.add(resource);
        for (const resource of inside.written) written.add(resource);
        for (const { final, between } of step.carried) written.add(final).add(between);
        break;
      }
      default:
        step satisfies never;
    }
  }
  return { named, written };
}
