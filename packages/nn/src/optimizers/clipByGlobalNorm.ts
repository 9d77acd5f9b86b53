import {
  add,
  cast,
  div,
  flattenAt,
  minimum,
  mul,
  sqrt,
  square,
  sum,
  type Tensor,
  type Tree,
} from "@clidim/tensor";
import { aboveZero, checkValue } from "../checkOptions.js";
import type { None } from "../layer.js";
import { mapLeaves } from "../mapLeaves.js";
import { checkedTransformation } from "./checked.js";
import type { GradientTransformation } from "./optimizer.js";

/** The Euclidean norm of all leaves of a tree together, computed in f32. */
export function globalNorm(tree: Tree<Tensor>): Tensor {
  const { leaves } = flattenAt("globalNorm", "the tree", tree);
  if (leaves.length === 0) {
    throw new Error("globalNorm: expected a tree of at least one tensor, got none");
  }
  return sqrt(leaves.map((leaf) => sum(square(cast(leaf, "f32")))).reduce((a, b) => add(a, b)));
}

/** Scales all gradients by min(1, limit / (norm + 1e-6)), their joint norm then being at most `limit`: PyTorch's clip_grad_norm_. */
export function clipByGlobalNorm(limit: number): GradientTransformation<None> {
  checkValue("clipByGlobalNorm", "the limit", limit, aboveZero);
  return checkedTransformation<None>("clipByGlobalNorm", {
    init: () => ({}),
    update(gradients, state) {
      // A tree of tensors, as in mapLeaves.
      const factor = minimum(div(limit, add(globalNorm(gradients as Tree<Tensor>), 1e-6)), 1);
      return {
        gradients: mapLeaves((gradient) => mul(gradient, cast(factor, gradient.dtype)), gradients),
        state,
      };
    },
  });
}
