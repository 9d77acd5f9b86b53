import type { Tensor } from "@clidim/tensor";

/** So many steps may be under way: beyond, the host would hold their batches, and an interruption would wait for all of them. */
const MOST_UNDER_WAY = 16;

/** Is told a result of each step, a small one, and waits for every sixteenth, as calls alone do not wait for the device. */
export function pacing(): (result: Tensor) => Promise<void> {
  let begun = 0;
  return async (result) => {
    if (++begun % MOST_UNDER_WAY === 0) await result.data();
  };
}
