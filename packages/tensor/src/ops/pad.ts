import { formatShape } from "../shape.js";
import { apply, type Tensor } from "../tensor.js";

/**
 * `x` with `widths[axis] = [low, high]` elements added around each axis: zeros, the mirror image without the edge itself ("reflect",
 * widths below the extent), or copies of the edge.
 */
export function pad(
  x: Tensor,
  widths: readonly (readonly [low: number, high: number])[],
  mode: "zero" | "reflect" | "edge" = "zero",
): Tensor {
  if (widths.length !== x.shape.length) {
    throw new Error(
      `pad: widths must have one [low, high] per axis, got ${widths.length} for x ${formatShape(x.shape)}`,
    );
  }
  if (widths.every(([low, high]) => low === 0 && high === 0)) return x;
  return apply("pad", [x], {
    low: widths.map(([low]) => low),
    high: widths.map(([, high]) => high),
    interior: widths.map(() => 0),
    mode,
  });
}
