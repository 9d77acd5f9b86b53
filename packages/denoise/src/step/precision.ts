import { type AdamState, type Layer, type LossScale, lossScaling, type Optimizer } from "@clidim/nn";
import { and, div, mapTree, mul, type Tensor, type Tree, where } from "@clidim/tensor";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { inHalves } from "./inHalves.js";

/** torch.amp.GradScaler's defaults. */
const scaling = lossScaling();

/** What a fresh training state carries for its precision. */
export const initialLossScale = ({
  precision,
}: Pick<RunConfiguration, "precision">): { readonly lossScale?: LossScale } =>
  precision === "mixed" ? { lossScale: scaling.init() } : {};

/** A network as it is trained. */
export const atPrecision = <P, S>(
  { precision }: Pick<RunConfiguration, "precision">,
  network: Layer<P, S>,
): Layer<P, S> => (precision === "mixed" ? inHalves(network) : network);

/**
 * An optimiser for the gradients of scaled losses, and the loss scale of one update of the training, in which it may step several times. Without a
 * loss scale it is the optimiser itself.
 */
export interface ScaledOptimizer extends Optimizer<AdamState> {
  /** Another optimiser of the same update, such as one of another learning rate: its steps are scaled, skipped and counted with the others. */
  beside(other: Optimizer<AdamState>): ScaledOptimizer;
  /** The loss to differentiate. */
  scale(loss: Tensor): Tensor;
  /** The loss, given its scaled value. */
  unscale(value: Tensor): Tensor;
  /** `after`, but `before` where the last step was skipped: its forward pass may have overflowed. */
  keep<T>(after: T, before: T): T;
  /** Whether every step of this update was taken, bool; undefined where none is ever skipped. */
  finite(): Tensor | undefined;
  /** The loss scale for the next update, after every step of this one. */
  next(): { readonly lossScale?: LossScale };
}

/** The optimiser of one update: `lossScale` is that of its `UpdateContext`. Call `next` and `finite` after every step of the update. */
export function scaledOptimizer(
  optimizer: Optimizer<AdamState>,
  lossScale: LossScale | undefined,
): ScaledOptimizer {
  return countingSteps(optimizer, lossScale, []);
}

/** `steps`: whether each step of the update so far was taken. */
function countingSteps(
  optimizer: Optimizer<AdamState>,
  lossScale: LossScale | undefined,
  steps: Tensor[],
): ScaledOptimizer {
  const beside = (other: Optimizer<AdamState>): ScaledOptimizer => countingSteps(other, lossScale, steps);
  if (!lossScale) {
    return {
      ...optimizer,
      beside,
      scale: (loss) => loss,
      unscale: (value) => value,
      keep: (after) => after,
      finite: () => undefined,
      next: () => ({}),
    };
  }
  const allTaken = (): Tensor => steps.reduce((a, b) => and(a, b));
  return {
    init: optimizer.init,
    beside,
    update(gradients, state, params) {
      const { finite, ...stepped } = scaling.step(optimizer, gradients, state, params, lossScale);
      steps.push(finite);
      return stepped;
    },
    scale: (loss) => scaling.scale(loss, lossScale),
    unscale: (value) => mul(value, div(1, lossScale.scale)),
    keep<T>(after: T, before: T): T {
      const finite = steps.at(-1);
      if (!finite) throw new Error("scaledOptimizer: keep comes after a step");
      // Trees of tensors of one structure; the result has it too.
      const [a, b] = [after, before] as unknown as [Tree<Tensor>, Tree<Tensor>];
      return mapTree((now: Tensor, then: Tensor) => where(finite, now, then), a, b) as unknown as T;
    },
    finite: allTaken,
    next: () => ({ lossScale: scaling.update(lossScale, allTaken()) }),
  };
}
