import type { Code } from "../module/code.js";
import { copyElements } from "./copyElements.js";
import type { LoopNest } from "./loopNest.js";
import { type Panels, packedColumns } from "./panels.js";

/** Elements along an axis of a sum, and how far the next one is. */
export interface SummedAxis {
  readonly extent: number;
  readonly stride: number;
}

/** Where something begins: a local with an address, and elements further. */
export interface Place {
  readonly base: number;
  readonly start: number;
}

/** A matrix [sum, columns], of which the sum may be along several axes. */
export interface ColumnMatrix {
  readonly summed: readonly SummedAxis[];
  readonly columnStride: number;
  readonly panels: Panels;
}

const depthOf = ({ summed }: ColumnMatrix): number =>
  summed.reduce((product, { extent }) => product * extent, 1);

/** Elements of a matrix in panels. */
export const packedSize = (matrix: ColumnMatrix): number => depthOf(matrix) * packedColumns(matrix.panels);

/** Writes zeros where the last panel has no columns, and where it has some, which are packed later. */
export function clearLastPanel(nest: LoopNest, into: Code, matrix: ColumnMatrix, target: Place): void {
  const { width, whole, rest } = matrix.panels;
  if (rest === 0) return;
  const depth = depthOf(matrix);
  nest.fillWithZeros(into, target.base, target.start + whole * width * depth, width * depth);
}

/** Copies a matrix into panels [panel, sum, width]: what a turn of the innermost loop reads lies side by side. */
export function packColumns(
  nest: LoopNest,
  into: Code,
  matrix: ColumnMatrix,
  source: Place,
  target: Place,
): void {
  const { columnStride } = matrix;
  const { width, whole, rest } = matrix.panels;
  const depth = depthOf(matrix);
  let further = width * depth;
  const along = matrix.summed.map(({ extent, stride }) => {
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
  copyElements(
    nest,
    into,
    [...along, { extent: rest, source: columnStride, target: 1 }],
    { base: source.base, start: source.start + whole * width * columnStride },
    { base: target.base, start: target.start + whole * width * depth },
  );
}
