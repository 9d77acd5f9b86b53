import type { Observation } from "@clidim/nn";
import type { Tensor } from "@clidim/tensor";

export interface BlockObserver {
  /** To be passed in the context of `apply`. */
  readonly observe: (observation: Observation) => void;
  /** What the part of this name returned in the application observed last. */
  readonly output: (name: string) => Tensor;
}

/** Gives access to the outputs of a model's direct parts: `down1`, `conv5`. What is not used of the application costs nothing. */
export function observeBlocks(): BlockObserver {
  const outputs = new Map<string, Tensor>();
  return {
    observe: ({ path, output }) => outputs.set(path, output),
    output: (name) => {
      const found = outputs.get(name);
      if (!found)
        throw new Error(
          `observeBlocks: the model has no part ${name}, only ${[...outputs.keys()].join(", ")}`,
        );
      return found;
    },
  };
}
