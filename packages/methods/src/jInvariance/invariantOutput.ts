import { type Tensor, tensor, where } from "@clidim/tensor";
import { gridMask, type Replacement, withoutMasked } from "./gridMask.js";

/** What a function of images [N,H,W,1] gives for each pixel without having seen it: of each of the stride^2 sets of the grid, what it makes of the images without that set. */
export function invariantOutput(
  f: (x: Tensor) => Tensor,
  images: Tensor,
  stride: number,
  replacement: Replacement,
): Tensor {
  let output: Tensor | undefined;
  for (let phase = 0; phase < stride ** 2; phase++) {
    const mask = gridMask(images.shape, stride, tensor(phase, { dtype: "i32" }));
    const seen = f(withoutMasked(images, mask, replacement));
    output = output ? where(mask, seen, output) : seen;
  }
  return output!; // stride is at least 2
}
