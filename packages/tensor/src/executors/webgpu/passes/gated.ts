import { entryBytes, type GateEntry, gateStep } from "../kernels/gate.js";
import type { BoundStep, GatePlace, ProgramStep, Resource } from "../kernels/step.js";
import { bindParameters } from "./bindParameters.js";
import type { Resources } from "./resources.js";

/** Several rows of commands of which one runs. */
export interface Gated {
  /** The command that chooses. */
  readonly open: BoundStep;
  readonly branches: readonly (readonly ProgramStep[])[];
  readonly gate: Resource;
}

/**
 * Lets each row of commands run where `index`, the value of an i32 or a bool, is its number. Commands that wait take their workgroups from the gate, where there are none unless their row was chosen; a command that waits
 * for a gate of its own already does so still, and that gate is closed where this one is.
 */
export function gated(
  index: Resource,
  branches: readonly (readonly ProgramStep[])[],
  resources: Resources,
): Gated {
  const entries: GateEntry[] = [];
  const known = new Map<string, number>();
  const entryOf = (entry: GateEntry): number => {
    const key = entry.join();
    const place = known.get(key) ?? entryBytes * (entries.push(entry) - 1);
    known.set(key, place);
    return place;
  };
  const gate = resources.add({ kind: "gate", entries: 0 });
  const wait = (step: ProgramStep, branch: number): ProgramStep => {
    switch (step.kind) {
      case "dispatch":
        if (step.gate) return step;
        if (!step.choice) {
          const [x, y, z] = step.workgroups;
          return { ...step, gate: { resource: gate, offset: entryOf([branch, x, y, z]) } };
        }
        // One that opens a gate closes it, too, and must not be kept from that.
        return step.resources.length > 3
          ? step
          : openStep(step.choice, resources, { resource: gate, offset: entryOf([branch, 1, 1, 1]) });
      case "copyToTexture":
        // What it copies is what was there, and nobody reads it.
        return step;
      case "loop":
        return { ...step, steps: step.steps.map((inside) => wait(inside, branch)) };
      default:
        return step satisfies never;
    }
  };
  const waiting = branches.map((steps, branch) => steps.map((step) => wait(step, branch)));
  resources.specs[gate] = { kind: "gate", entries: entries.length };
  const open = openStep({ index, branches: branches.length, gate, entries }, resources);
  return { open, branches: waiting, gate };
}

/** The command that opens a gate, below another one or not. */
function openStep(
  choice: Parameters<typeof gateStep>[0],
  resources: Resources,
  outer?: GatePlace,
): BoundStep & { readonly kind: "dispatch" } {
  const step = bindParameters(gateStep(choice, outer), {
    immediates: false,
    uniform: (words) => resources.add({ kind: "uniform", words }),
  });
  return { ...step, choice } as BoundStep & { readonly kind: "dispatch" };
}
