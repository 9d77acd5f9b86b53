import { concat, eye, type Tensor } from "@clidim/tensor";
import type { ContrastiveChoice } from "../contrastiveChoice.js";
import { infoNce } from "./infoNce.js";
import { ntXent } from "./ntXent.js";
import { supCon } from "./supCon.js";

/**
 * The contrastive loss that a configuration asks for between two views [R,D] of R samples. `same` bool [R,R] says which samples show the same
 * (see `sameCrop`): they are not negatives, and in mode supcon they are positives. Without it every sample stands for itself.
 */
export function pairLoss(
  { mode, loss, temperature, l2norm }: ContrastiveChoice,
  first: Tensor,
  second: Tensor,
  same?: Tensor,
): Tensor {
  if (mode === "supcon") {
    const row = concat(Array<Tensor>(2).fill(same ?? eye(first.shape[0]!, "bool")), 1);
    return supCon(concat([first, second], 0), concat([row, row], 0), { temperature, l2norm });
  }
  const options = { temperature, l2norm, ...(same && { exclude: same }) };
  switch (loss) {
    case "infonce":
      return infoNce(first, second, options);
    case "ntxent":
      return ntXent(first, second, options);
    default:
      return loss satisfies never;
  }
}
