import type { Shape } from "../../shape.js";
import type { LinearForm } from "./linearForm.js";

/** Adjacent iteration axes that every form walks through as one. */
export interface Coalesced {
  /** Extents of the merged axes, outermost first; none of them is 1. */
  readonly extents: readonly number[];
  /** Per merged axis: the innermost of the original axes in it, whose coefficients stand for the merged axis. */
  readonly innermost: readonly number[];
}

/** The elements along an axis that an index, an i32, counts at most. */
export const longestAxis: number = 2 ** 31 - 1;

/**
 * Merges neighbouring axes k, k + 1 where each form's coefficient of k is that of k + 1 times its extent, and drops axes of
 * extent 1. Axes for which `kind` differs stay apart, and those that together are longer than an i32 counts.
 */
export function coalesce(
  shape: Shape,
  forms: readonly LinearForm[],
  kind: (axis: number) => unknown = () => 0,
): Coalesced {
  const extents: number[] = [];
  const innermost: number[] = [];
  shape.forEach((extent, axis) => {
    if (extent === 1) return;
    const outer = innermost.at(-1);
    const merges =
      outer !== undefined &&
      kind(outer) === kind(axis) &&
      extents.at(-1)! * extent <= longestAxis &&
      forms.every((form) => form.coefficients[outer] === form.coefficients[axis]! * extent);
    if (merges) {
      extents[extents.length - 1]! *= extent;
      innermost[innermost.length - 1] = axis;
    } else {
      extents.push(extent);
      innermost.push(axis);
    }
  });
  return { extents, innermost };
}
