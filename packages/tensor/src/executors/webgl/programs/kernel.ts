import type { GraphNode } from "../../../primitives/graph.js";
import { kernel } from "../../../primitives/kernel.js";
import { placesOf, totalSize } from "../../../primitives/result.js";
import { type Aval, sizeOf } from "../../../shape.js";
import { valuesOf, wordsOf } from "../context/elements.js";
import type { GlContext } from "../context/glContext.js";
import type { InnerProgram } from "./innerProgram.js";

/** A kernel of the user's own by its reference: its WGSL is for WebGPU. */
export function kernelProgram(
  { params }: GraphNode & { readonly op: "kernel" },
  operands: readonly Aval[],
  context: GlContext,
): InnerProgram {
  const places = placesOf(params.outputs);
  return {
    byteLength: 0,
    reserve: () => {},
    release: () => {},
    run: (textures, results) => {
      const inputs = operands.map(({ shape, dtype }, k) => {
        const words = context.readNow(textures[k]!, sizeOf(shape));
        return { shape, dtype, data: Float64Array.from(valuesOf(words, dtype)) };
      });
      const all = kernel.reference(inputs, params, { shape: [totalSize(params.outputs)], dtype: "f32" });
      for (const [k, texture] of results) {
        const { start, shape, dtype } = places[k]!;
        context.upload(texture, wordsOf(dtype, all.subarray(start, start + sizeOf(shape))));
      }
    },
  };
}
