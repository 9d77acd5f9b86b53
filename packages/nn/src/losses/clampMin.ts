import { lt, type Tensor, where } from "@clidim/tensor";

/** max(x, 0) whose gradient at 0 is 1, as PyTorch's `clamp_min` has it; that of `relu` is 0 there. */
export const clampMin = (x: Tensor): Tensor => where(lt(x, 0), 0, x);
