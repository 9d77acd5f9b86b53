import type { AdamState, Optimizer } from "@clidim/nn";
import type { ContrastiveState, Heads } from "./contrastiveState.js";

/** The state after an Adam step of its heads; the same one where they are not trained. */
export function trainHeads(
  optimizer: Optimizer<AdamState>,
  state: ContrastiveState,
  gradients: Heads,
): ContrastiveState {
  if (!state.optimizer) return state;
  const updated = optimizer.update(gradients, state.optimizer, state.heads);
  return { ...state, heads: updated.params, optimizer: updated.state };
}
