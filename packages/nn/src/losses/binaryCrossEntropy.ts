import { customVjp } from "@clidim/autograd";
import {
  add,
  div,
  full,
  log,
  log1p,
  maximum,
  mul,
  neg,
  sub,
  type Tensor,
  type TensorLike,
} from "@clidim/tensor";
import { checkOptions } from "../checkOptions.js";
import { checkTarget, type LossOptions, lossOptions, reduce } from "./reduction.js";

/** Logarithms of 0 count as this. */
const lowest = -100;
const logOf = (x: Tensor): Tensor => maximum(log(x), lowest);
const logOfRest = (x: Tensor): Tensor => maximum(log1p(neg(x)), lowest);

/**
 * -t log(p) - (1 - t) log(1 - p) for probabilities p and targets t in [0, 1] (a number stands for all), logarithms not below -100 and
 * their derivatives not above 1e12: PyTorch's BCELoss. Where there are logits, `binaryCrossEntropyWithLogits` keeps more digits.
 */
export function binaryCrossEntropy(output: Tensor, target: TensorLike, options: LossOptions = {}): Tensor {
  const op = "binaryCrossEntropy";
  checkOptions(op, options, lossOptions);
  checkTarget(op, output, target);
  const targets = typeof target === "number" ? full(output.shape, target, output.dtype) : target;
  const loss = customVjp(
    (p: Tensor, t: Tensor): Tensor => neg(add(mul(t, logOf(p)), mul(sub(1, t), logOfRest(p)))),
    (g, [p, t]): [Tensor, Tensor] => [
      mul(g, div(sub(p, t), maximum(mul(p, sub(1, p)), 1e-12))),
      mul(g, sub(logOfRest(p), logOf(p))),
    ],
  );
  return reduce(loss(output, targets), options.reduction ?? "mean");
}
