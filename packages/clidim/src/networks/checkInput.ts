import { formatShape, type Shape } from "@clidim/tensor";

/** Throws where a generator with so many halvings cannot take images [N, H, W, channels] of this shape. */
export function checkInput(op: string, shape: Shape, channels: number, downs: number): void {
  const multiple = 2 ** downs;
  const [, height = 0, width = 0, found] = shape;
  const divides = height % multiple === 0 && width % multiple === 0;
  if (shape.length === 4 && found === channels && divides) return;
  throw new Error(
    `${op}: expected x of shape [N,H,W,${channels}] with H and W multiples of 2^downs = ${multiple}, ` +
      `got ${formatShape(shape)}; pad the image`,
  );
}
