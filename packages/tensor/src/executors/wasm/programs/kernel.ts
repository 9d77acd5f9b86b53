import type { GraphNode } from "../../../primitives/graph.js";
import { kernel } from "../../../primitives/kernel.js";
import { placesOf, totalSize } from "../../../primitives/result.js";
import { type Aval, sizeOf } from "../../../shape.js";
import { elementsAt, writeElements } from "../elements.js";
import type { Heap } from "../heap.js";
import type { InnerProgram } from "./innerProgram.js";

/** A kernel of the user's own by its reference: its WGSL is for GPUs. */
export function kernelProgram(
  { params }: GraphNode & { readonly op: "kernel" },
  operands: readonly Aval[],
  heap: Heap,
): InnerProgram {
  const places = placesOf(params.outputs);
  return {
    byteLength: 0,
    reserve: () => {},
    release: () => {},
    run: (addresses, results) => {
      const inputs = operands.map(({ shape, dtype }, k) => ({
        shape,
        dtype,
        data: Float64Array.from(elementsAt(heap.memory, addresses[k]!, dtype, sizeOf(shape))),
      }));
      const all = kernel.reference(inputs, params, { shape: [totalSize(params.outputs)], dtype: "f32" });
      for (const [k, address] of results) {
        const { start, shape, dtype } = places[k]!;
        writeElements(heap.memory, address, dtype, all.subarray(start, start + sizeOf(shape)));
      }
    },
  };
}
