import { bytesPerElement } from "../../../dtype.js";
import type { Graph, GraphNode } from "../../../primitives/graph.js";
import { sizeOf } from "../../../shape.js";
import type { Group } from "../../fusion/group.js";
import { usedResults } from "../../fusion/usedResults.js";
import { parameterWords, readShader } from "../kernels/shader.js";
import type { LoweringContext, Resource, Step } from "../kernels/step.js";

/** A kernel of the user's own, on the buffers of its operands and results. */
export function lowerKernel(
  group: Group & { readonly kind: "program" },
  graph: Graph,
  context: LoweringContext,
): Step[] {
  const { params, inputs } = graph.nodes[group.program] as GraphNode & { readonly op: "kernel" };
  const { name, wgsl, outputs, parameters, workgroups } = params;
  const most = context.traits.limits.maxComputeWorkgroupsPerDimension;
  if (workgroups.some((count) => count > most)) {
    throw new Error(
      `customKernel ${name}: ${workgroups.join("x")} workgroups, but this adapter runs at most ${most} along a dimension; spread them over y and z`,
    );
  }
  const used = usedResults(group.outputs, graph);
  const places = outputs.map(({ shape, dtype }, k): Resource => {
    const id = used.get(k);
    // What nobody uses is written all the same.
    return id === undefined ? context.scratch(sizeOf(shape) * bytesPerElement[dtype]) : context.value(id);
  });
  const code = /\bstruct\s+Parameters\b/.test(wgsl) ? wgsl : `${wgsl}\nstruct Parameters { none: u32 }\n`;
  const shader = readShader(`customKernel ${name}`, code);
  return [
    {
      kind: "dispatch",
      kernel: {
        label: name,
        code,
        bindings: [...inputs.map(() => "read" as const), ...outputs.map(() => "write" as const)],
      },
      resources: [...inputs.map((operand) => context.value(operand)), ...places],
      parameters: parameterWords(shader, code === wgsl ? parameters : { ...parameters, none: 0 }),
      workgroups,
    },
  ];
}
