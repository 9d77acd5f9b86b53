import type { Shape } from "../../../shape.js";
import { copyElements } from "./copyElements.js";
import type { LoopNest } from "./loopNest.js";

/** Images [N, H, W, C] with zeros around them. */
export interface PaddedImages {
  /** Whether there are any zeros: without, the images are read where they lie. */
  readonly isPadded: boolean;
  readonly size: number;
  /** Elements from one image, row and column to the next. */
  readonly strides: readonly [image: number, row: number, column: number];
}

/** Zeros above and below, before and behind. */
export type Padding = readonly [readonly [number, number], readonly [number, number]];

export function paddedImages(
  [count, height, width, channels]: Shape,
  [rows, columns]: Padding,
): PaddedImages {
  const wide = (width! + columns[0] + columns[1]) * channels!;
  const image = (height! + rows[0] + rows[1]) * wide;
  const isPadded = [...rows, ...columns].some((zeros) => zeros > 0);
  return { isPadded, size: isPadded ? count! * image : 0, strides: [image, wide, channels!] };
}

/** Copies images to where zeros are around them. */
export function copyImages(
  nest: LoopNest,
  [count, height, width, channels]: Shape,
  padding: Padding,
  source: number,
  target: number,
): void {
  const { isPadded, strides } = paddedImages([count!, height!, width!, channels!], padding);
  if (!isPadded) return;
  const [[above], [before]] = padding;
  const run = width! * channels!;
  copyElements(
    nest,
    nest.f.code,
    [
      { extent: count!, source: height! * run, target: strides[0] },
      { extent: height!, source: run, target: strides[1] },
      { extent: run, source: 1, target: 1 },
    ],
    { base: source, start: 0 },
    { base: target, start: above * strides[1] + before * strides[2] },
  );
}
