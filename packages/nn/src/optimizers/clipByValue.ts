import { clip } from "@clidim/tensor";
import { aboveZero, checkValue } from "../checkOptions.js";
import type { None } from "../layer.js";
import { mapLeaves } from "../mapLeaves.js";
import { checkedTransformation } from "./checked.js";
import type { GradientTransformation } from "./optimizer.js";

/** Every element of the gradients into [-limit, limit]: PyTorch's clip_grad_value_. */
export function clipByValue(limit: number): GradientTransformation<None> {
  checkValue("clipByValue", "the limit", limit, aboveZero);
  return checkedTransformation<None>("clipByValue", {
    init: () => ({}),
    update: (gradients, state) => ({
      gradients: mapLeaves((gradient) => clip(gradient, -limit, limit), gradients),
      state,
    }),
  });
}
