import { DeviceError } from "../../deviceError.js";
import { type Aval, formatShape, sizeOf } from "../../shape.js";
import type { Fused } from "../fusion/fuse.js";
import { elementBytes } from "./context/elements.js";
import { mostBytes } from "./context/layout.js";

/** What is known of a value before it is computed, and what computes it. */
type Planned = Aval & { readonly op: string };

/** The values that have textures: what kernels compute on the way is in none. */
export const storedValues = ({ graph, home }: Fused): Planned[] =>
  graph.nodes.filter((_, id) => home[id] === id);

/** Throws where a value has more elements than a texture of at most so many texels each way. */
export function expectFits(values: readonly Planned[], mostExtent: number): void {
  const most = mostBytes(mostExtent);
  for (const { op, shape, dtype } of values) {
    const bytes = elementBytes * sizeOf(shape);
    if (bytes <= most) continue;
    throw new DeviceError(
      "limit",
      `${op}: ${dtype} ${formatShape(shape)} takes ${bytes} bytes, but a texture of this WebGL holds ${most}; use smaller tiles or batches`,
    );
  }
}
