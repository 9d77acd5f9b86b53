import { DeviceError } from "../../deviceError.js";
import type { Graph } from "../../primitives/graph.js";
import { formatShape, sizeOf } from "../../shape.js";
import { elementBytes } from "./context/elements.js";
import { mostBytes } from "./context/layout.js";

/** Throws where a value of a graph has more elements than a texture of at most so many texels each way. */
export function expectFits({ nodes }: Graph, mostExtent: number): void {
  const most = mostBytes(mostExtent);
  for (const { op, shape, dtype } of nodes) {
    const bytes = elementBytes * sizeOf(shape);
    if (bytes <= most) continue;
    throw new DeviceError(
      "limit",
      `${op}: ${dtype} ${formatShape(shape)} takes ${bytes} bytes, but a texture of this WebGL holds ${most}; use smaller tiles or batches`,
    );
  }
}
