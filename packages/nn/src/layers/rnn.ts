import { add, relu, tanh } from "@clidim/tensor";
import { checkOptions, oneOf } from "../checkOptions.js";
import {
  type Recurrent,
  type RecurrentOptions,
  type RecurrentState,
  recurrentLayer,
  recurrentOptions,
} from "./recurrentLayer.js";

export interface RnnOptions extends RecurrentOptions {
  /** Default "tanh". */
  readonly nonlinearity?: "tanh" | "relu";
}

/** Reads sequences [N, T, C] -> [N, T, H]: h' = tanh(x Wi + bi + h Wh + bh). PyTorch's RNN with batch_first. */
export function rnn(options: RnnOptions): Recurrent<RecurrentState> {
  checkOptions("rnn", options, { ...recurrentOptions, nonlinearity: oneOf("tanh", "relu") });
  const { nonlinearity = "tanh", ...shared } = options;
  const f = nonlinearity === "tanh" ? tanh : relu;
  return recurrentLayer<RecurrentState>(
    {
      kind: "rnn",
      members: ["hidden"],
      gates: 1,
      turn: (fromInput, fromHidden) => ({ hidden: f(add(fromInput, fromHidden)) }),
    },
    shared,
  );
}
