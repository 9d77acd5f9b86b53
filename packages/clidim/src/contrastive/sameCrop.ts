import {
  abs,
  and,
  cast,
  chunk,
  eq,
  expandDims,
  formatShape,
  gt,
  maximum,
  mul,
  reshape,
  sub,
  type Tensor,
} from "@clidim/tensor";

/**
 * Which of N crops of `size` x `size` pixels show the same: bool [N,N], true where both come from one scene and share more than `overlap`
 * (a fraction) of their pixels, on the diagonal too. `scenes` i32 [N] number the scenes, `corners` i32 [N,2] are the crops' first
 * row and column in them.
 */
export function sameCrop(scenes: Tensor, corners: Tensor, size: number, overlap: number): Tensor {
  const [n] = scenes.shape;
  if (formatShape(scenes.shape) !== `[${n}]` || formatShape(corners.shape) !== `[${n},2]`) {
    throw new Error(
      `sameCrop: expected scenes [N] and corners [N,2], got ${formatShape(scenes.shape)} and ${formatShape(corners.shape)}`,
    );
  }
  const pairs = (x: Tensor): readonly [Tensor, Tensor] => [expandDims(x, 1), expandDims(x, 0)];
  const shared = chunk(cast(corners, "f32"), 2, 1).map((corner) => {
    const [first, second] = pairs(reshape(corner, [-1]));
    return maximum(sub(size, abs(sub(first, second))), 0);
  }) as [Tensor, Tensor]; // rows and columns
  return and(eq(...pairs(scenes)), gt(mul(...shared), overlap * size * size));
}
