import { add, div, flatten, minimum, mul, sqrt, square, sum, type Tensor, type Tree } from "@clidim/tensor";
import type { None } from "../layer.js";
import { mapLeaves } from "../mapLeaves.js";
import { checkedTransformation } from "./checked.js";
import type { GradientTransformation } from "./optimizer.js";

/** The Euclidean norm of all leaves of a tree together. */
export const globalNorm = (tree: Tree<Tensor>): Tensor =>
  sqrt(
    flatten(tree)
      .leaves.map((leaf) => sum(square(leaf)))
      .reduce((a, b) => add(a, b)),
  );

/** Scales all gradients by min(1, limit / (norm + 1e-6)), their joint norm then being at most `limit`: PyTorch's clip_grad_norm_. */
export const clipByGlobalNorm = (limit: number): GradientTransformation<None> =>
  checkedTransformation<None>("clipByGlobalNorm", {
    init: () => ({}),
    update(gradients, state) {
      // A tree of tensors, as in mapLeaves.
      const factor = minimum(div(limit, add(globalNorm(gradients as Tree<Tensor>), 1e-6)), 1);
      return { gradients: mapLeaves((gradient) => mul(gradient, factor), gradients), state };
    },
  });
