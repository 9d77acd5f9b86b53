import blocksSource from "../../../../../../shaders/sort.blocks.wgsl?raw";
import mergeSource from "../../../../../../shaders/sort.merge.wgsl?raw";
import type { DType } from "../../../dtype.js";
import type { GraphNode } from "../../../primitives/graph.js";
import { sizeOf } from "../../../shape.js";
import { preprocess } from "./preprocess.js";
import { parameterWords, readShader } from "./shader.js";
import { spread } from "./spread.js";
import type { Kernel, Lowering, Resource, Step } from "./step.js";
import { storageType } from "./valueTypes.js";

export type Argsort = GraphNode & { readonly op: "argsort" };

const blocks = readShader("sort.blocks.wgsl", blocksSource);
const merge = readShader("sort.merge.wgsl", mergeSource);

const threads = 64;
/** Neighbours that the first kernel sorts by comparing each with each: less than that costs merges, which are dispatches. */
const block = 32;

/** The bits of a value so that they are in order as a u32. Zeros are equal whatever their sign, and NaN is the last. */
function keyCode(dtype: DType): string {
  switch (dtype) {
    case "u32":
    case "bool":
      return "return x;";
    case "i32":
      return "return bitcast<u32>(x) ^ 0x80000000u;";
    case "f32":
    case "f16":
      return [
        "let bits = bitcast<u32>(f32(x));",
        "  let magnitude = bits & 0x7fffffffu;",
        "  let ordered = select(magnitude | 0x80000000u, ~bits, bits > 0x80000000u);",
        "  return select(ordered, 0xffffffffu, magnitude > 0x7f800000u);",
      ].join("\n");
    default:
      return dtype satisfies never;
  }
}

const kernels: Map<string, Kernel> = new Map();

function blocksKernel(dtype: DType, descending: boolean, last: boolean): Kernel {
  const key = `${dtype} ${descending} ${last}`;
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    const element = [
      ...(dtype === "f16" ? ["enable f16;"] : []),
      `alias Element = ${storageType[dtype]};`,
      `fn ascending(x: Element) -> u32 {\n  ${keyCode(dtype)}\n}`,
      `fn keyOf(x: Element) -> u32 { return ${descending ? "~" : ""}ascending(x); }`,
    ].join("\n");
    const constants = { THREADS: threads, BLOCK: block, LAST: last ? 1 : 0 };
    const code = preprocess(blocks.source, constants, { element });
    kernel = { label: "sort blocks", code, bindings: ["read", "write"] };
    kernels.set(key, kernel);
  }
  return kernel;
}

const mergeKernels: readonly Kernel[] = [0, 1].map((last) => ({
  label: "sort merge",
  code: preprocess(merge.source, { THREADS: threads, LAST: last }),
  bindings: ["read", "write"],
}));

/**
 * Stable, by merging: blocks of neighbours, then runs of twice the width per dispatch, log2(extent / 32) in all. Every element searches its place in the other run, so that a dispatch takes
 * count log2(width) steps, and neither barriers nor atomics are needed.
 */
export const lowerArgsort: Lowering<Argsort> = (node, id, graph, context) => {
  const operand = node.inputs[0]!;
  const { shape, dtype } = graph.nodes[operand]!;
  const { axis, descending } = node.params;
  const count = sizeOf(shape);
  const extent = shape[axis]!;
  const inner = sizeOf(shape.slice(axis + 1));
  const workgroups = spread(Math.ceil(count / threads), context.traits);
  const widths: number[] = [];
  for (let width = block; width < extent; width *= 2) widths.push(width);
  const scratch = widths.slice(0, 2).map(() => context.scratch(8 * count));
  /** What dispatch `k` writes: the last one the positions. */
  const target = (k: number): Resource => (k === widths.length ? context.value(id) : scratch[k % 2]!);
  const first: Step = {
    kind: "dispatch",
    kernel: blocksKernel(dtype, descending, widths.length === 0),
    resources: [context.value(operand), target(0)],
    parameters: parameterWords(blocks, { count, extent, inner }),
    workgroups,
  };
  const merges = widths.map(
    (width, k): Step => ({
      kind: "dispatch",
      kernel: mergeKernels[k === widths.length - 1 ? 1 : 0]!,
      resources: [target(k), target(k + 1)],
      parameters: parameterWords(merge, { count, extent, inner, width }),
      workgroups,
    }),
  );
  return [first, ...merges];
};
