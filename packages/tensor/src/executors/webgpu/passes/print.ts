import { formatShape } from "../../../shape.js";
import type { Fused } from "../../fusion/fuse.js";
import type { Lowered } from "./lower.js";
import type { Plan } from "./plan.js";

/** One line per kernel: what it computes, and which values it leaves in memory. */
export function printGroups({ graph, groups }: Fused): string {
  return groups
    .map((group) => {
      const name = (id: number): string =>
        `%${id} ${graph.nodes[id]!.op} ${formatShape(graph.nodes[id]!.shape)}`;
      const outputs = group.outputs.map(name);
      if (group.kind !== "contraction") return `${group.kind}: ${outputs.join(", ")}`;
      const uses = group.outputs.filter((id) => id !== group.product);
      const kept = group.outputs.includes(group.product);
      const product = `${name(group.product)}${kept ? "" : ", not stored"}`;
      return `contraction: ${product}${uses.length > 0 ? ` with ${uses.map(name).join(", ")}` : ""}`;
    })
    .join("\n");
}

/** One line per command: kernel, resources, workgroups. */
export function printSteps(lowered: Lowered, { slotOf }: Plan): string {
  const { resources } = lowered;
  const place = (resource: number): string => {
    const spec = resources[resource]!;
    const slot = slotOf[resource];
    return slot === undefined
      ? `${spec.kind}${spec.kind === "input" ? spec.index : `#${resource}`}`
      : `${spec.kind}@${slot}`;
  };
  const print = (steps: Lowered["steps"], indent: string): string[] =>
    steps.flatMap((step) => {
      switch (step.kind) {
        case "dispatch":
          return [
            `${indent}${step.kernel.label} (${step.resources.map(place).join(", ")}) on ${step.workgroups.join("x")} workgroups`,
            ...(step.gate ? [`where ${place(step.gate.resource)} is open at ${step.gate.offset}`] : []),
          ].join(" ");
        case "copyToTexture":
          return `${indent}copy ${place(step.source)} to ${place(step.texture)}`;
        case "loop":
          return [`${indent}${step.length} turns`, ...print(step.steps, `${indent}  `)];
        default:
          return step satisfies never;
      }
    });
  return print(lowered.steps, "").join("\n");
}

/** Every place that the program owns, with its size. */
export function printPlan({ slots, byteLength }: Plan): string {
  const lines = slots.map((slot, k) =>
    slot.kind === "buffer"
      ? `buffer@${k} ${slot.byteLength} bytes`
      : `texture@${k} ${slot.width}x${slot.height} texels`,
  );
  return [...lines, `${byteLength} bytes in all`].join("\n");
}
