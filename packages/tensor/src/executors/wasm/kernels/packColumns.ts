import type { Code } from "../module/code.js";
import { fillMemory, get, i32 } from "../module/instructions.js";
import { copyElements } from "./copyElements.js";
import type { LoopNest } from "./loopNest.js";
import type { Panels } from "./panels.js";

/** Elements along an axis of a sum, and how far the next one is. */
interface SummedAxis {
  readonly extent: number;
  readonly stride: number;
}

/**
 * Copies a matrix [sum, columns] into panels [panel, sum, width], with zeros behind the last column: what a turn of the innermost loop reads lies side by side. The sum may be along several
 * axes.
 */
export function packColumns(
  nest: LoopNest,
  into: Code,
  summed: readonly SummedAxis[],
  columnStride: number,
  { width, whole, rest }: Panels,
  source: { readonly base: number; readonly start: number },
  target: { readonly base: number; readonly start: number },
): void {
  const depth = summed.reduce((product, { extent }) => product * extent, 1);
  let further = width * depth;
  const along = [...summed].map(({ extent, stride }) => {
    further /= extent;
    return { extent, source: stride, target: further };
  });
  const panel = { extent: whole, source: width * columnStride, target: width * depth };
  if (whole > 0) {
    copyElements(
      nest,
      into,
      [panel, ...along, { extent: width, source: columnStride, target: 1 }],
      source,
      target,
    );
  }
  if (rest === 0) return;
  const start = target.start + whole * width * depth;
  into.add(
    get(target.base),
    i32.const(4 * start),
    i32.add,
    i32.const(0),
    i32.const(4 * width * depth),
    fillMemory,
  );
  copyElements(
    nest,
    into,
    [...along, { extent: rest, source: columnStride, target: 1 }],
    { base: source.base, start: source.start + whole * width * columnStride },
    { base: target.base, start },
  );
}
