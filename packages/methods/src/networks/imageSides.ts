import { formatShape, type Shape } from "@clidim/tensor";

/** Refuses what is no batch of one-channel images [N,H,W,1] with sides that `depth` halvings divide. */
export function checkImageSides(network: string, shape: Shape, depth: number): void {
  const multiple = 2 ** depth;
  const [, height = 0, width = 0, channels] = shape;
  if (shape.length === 4 && channels === 1 && height % multiple === 0 && width % multiple === 0) return;
  throw new Error(
    `${network}: expected x of shape [N,H,W,1] with H and W multiples of 2^depth = ${multiple}, ` +
      `got ${formatShape(shape)}; pad the image`,
  );
}
