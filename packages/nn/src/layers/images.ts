import { formatShape, type Shape } from "@clidim/tensor";

/** What images of one, two and three dimensions are called in messages. */
const layouts = { 1: "[N,L,C]", 2: "[N,H,W,C]", 3: "[N,D,H,W,C]" } as const;

export type SpatialRank = keyof typeof layouts;

/** The channels of images of `rank` spatial axes; throws where `shape` is no shape of such images. */
export function imageChannels(kind: string, shape: Shape, rank: SpatialRank = 2): number {
  if (shape.length !== rank + 2) {
    throw new Error(`${kind}: expected x of shape ${layouts[rank]}, got ${formatShape(shape)}`);
  }
  return shape.at(-1)!;
}
