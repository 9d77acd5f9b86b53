import gateSource from "../../../../../../shaders/gate.wgsl?raw";
import { preprocess } from "./preprocess.js";
import type { GatePlace, Kernel, Resource, Step } from "./step.js";

/** Some commands of a branch: its number, and their workgroups. */
export type GateEntry = readonly [branch: number, x: number, y: number, z: number];

/** A choice among branches, and the commands that wait for it. */
export interface Choice {
  /** The buffer of the number of the branch: an i32, or a bool. */
  readonly index: Resource;
  readonly branches: number;
  readonly gate: Resource;
  readonly entries: readonly GateEntry[];
}

/** Bytes of an entry: whether it is open, and its workgroups. */
export const entryBytes = 16;

/** With 16 bytes in front, as many as uniform buffers have at least: 65536 bytes. */
const mostEntries = 4095;

const kernels: Map<string, Kernel> = new Map();

function gateKernel(capacity: number, nested: boolean): Kernel {
  const key = `${capacity} ${nested}`;
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    const code = preprocess(gateSource, { ENTRIES: capacity, NESTED: nested ? 1 : 0 });
    kernel = { label: "gate", code, bindings: nested ? ["read", "write", "read"] : ["read", "write"] };
    kernels.set(key, kernel);
  }
  return kernel;
}

/** The command that opens a gate for the branch that is chosen, where `outer`, the gate around it, is open. */
export function gateStep(
  { index, branches, gate, entries }: Choice,
  outer?: GatePlace,
): Extract<Step, { kind: "dispatch" }> {
  // Few sizes, so that there are few kernels; parameters of this many are never immediates.
  let capacity = 16;
  while (capacity < entries.length) capacity *= 4;
  capacity = Math.min(capacity, mostEntries);
  if (entries.length > capacity) {
    throw new Error(
      `cond: ${entries.length} commands that differ in branch or size wait for one choice, more than ${capacity}; choose in several steps`,
    );
  }
  const parameters = new Uint32Array(4 + 4 * capacity);
  parameters.set([branches - 1, entries.length, outer ? outer.offset / entryBytes : 0, 0, ...entries.flat()]);
  return {
    kind: "dispatch",
    kernel: gateKernel(capacity, outer !== undefined),
    resources: outer ? [index, gate, outer.resource] : [index, gate],
    parameters,
    workgroups: [1, 1, 1],
  };
}
