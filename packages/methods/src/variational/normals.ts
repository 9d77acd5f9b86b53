import { foldIn, normal, type Shape, type Tensor } from "@clidim/tensor";

/** Standard normal values for the values of a code: what is drawn, of the shape asked for or of one that is broadcast to it. Called again, it gives others. */
export type Normals = (shape: Shape) => Tensor;

export function normalsOf(key: Tensor): Normals {
  let calls = 0;
  return (shape) => normal(foldIn(key, calls++), shape);
}

/** The same for all images of a batch, [draws,N,...], so that what is made of an image does not depend on the others. */
export function sharedNormalsOf(key: Tensor): Normals {
  const normals = normalsOf(key);
  return ([draws = 1, , ...code]) => normals([draws, 1, ...code]);
}
