import { l1 } from "@clidim/nn";
import type { Tensor } from "@clidim/tensor";

/** mean |output - target| over all elements; its derivative where they agree is 0. */
export const l1Loss = (output: Tensor, target: Tensor): Tensor => l1(output, target);
