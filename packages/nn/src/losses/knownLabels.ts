import { and, cast, ge, lt, type Tensor, tensor, where } from "@clidim/tensor";

/** Where whole numbers (i32 or u32) are from 0 to below `end`: those of classes are labels. */
export function isBelow(index: Tensor, end: number): Tensor {
  // What an i32 has no room for is negative then.
  const number = cast(index, "i32");
  return and(ge(number, 0), lt(number, end));
}

/** The losses, NaN where they are not `known`: the GPU cannot throw. */
export const nanUnless = (known: Tensor, losses: Tensor): Tensor =>
  where(known, losses, cast(tensor(Number.NaN), losses.dtype));
