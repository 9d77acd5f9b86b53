import { bytesPerElement } from "../dtype.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import type { Tree } from "../tree.js";
import { expectPositions } from "./compile.js";
import { type TraceOptions, traceCall } from "./traceCall.js";

/** Where the memory of a program goes, in bytes; a donated argument whose place a result takes over is in both of the first two. */
export interface MemoryAnalysis {
  /** Arguments, and tensors that the function closes over. */
  readonly argumentBytes: number;
  readonly outputBytes: number;
  /** Intermediate values and what else the program holds between runs, such as textures: `Executable.byteLength`. */
  readonly temporaryBytes: number;
}

/** How much memory `compile(f)` would take for these arguments (JAX's `compiled.memory_analysis()`). Nothing is compiled or run; of the arguments shapes and dtypes are looked at alone. */
export function memoryAnalysis<A extends readonly Tree<Tensor>[]>(
  f: (...args: A) => Tree<Tensor>,
  options: TraceOptions = {},
): (...args: A) => Promise<MemoryAnalysis> {
  expectPositions("memoryAnalysis", options.donate);
  return async (...args) => {
    const { graph, donated, device } = await traceCall("memoryAnalysis", f, args, options);
    const bytes = (nodes: readonly number[]): number =>
      nodes.reduce((sum, node) => {
        const { shape, dtype } = graph.nodes[node]!;
        return sum + sizeOf(shape) * bytesPerElement[dtype];
      }, 0);
    return {
      argumentBytes: bytes(graph.inputs),
      outputBytes: bytes(graph.outputs),
      temporaryBytes: device.plannedBytes(graph, donated, options),
    };
  };
}
