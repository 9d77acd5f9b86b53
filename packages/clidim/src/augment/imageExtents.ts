import { formatShape, type Tensor } from "@clidim/tensor";

export interface ImageExtents {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The extents of x [N,H,W,C]; throws for any other rank, with `op` in front. */
export function imageExtents(op: string, x: Tensor): ImageExtents {
  if (x.shape.length !== 4)
    throw new Error(`${op}: expected x of shape [N,H,W,C], got ${formatShape(x.shape)}`);
  const [batch, height, width, channels] = x.shape as readonly [number, number, number, number];
  return { batch, height, width, channels };
}
