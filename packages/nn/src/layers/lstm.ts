import { add, mul, sigmoid, type Tensor, tanh } from "@clidim/tensor";
import { checkOptions } from "../checkOptions.js";
import {
  gate,
  type Recurrent,
  type RecurrentOptions,
  type RecurrentState,
  recurrentLayer,
  recurrentOptions,
} from "./recurrentLayer.js";

/** The state of an LSTM. */
export type LstmState = RecurrentState & {
  /** [layers D, N, H], as `hidden`. */
  readonly cell: Tensor;
};

/**
 * Reads sequences [N, T, C] -> [N, T, H] with a long short-term memory: i, f, o = sigmoid(x W + b + h U + c) and g = tanh of the same,
 * cell' = f cell + i g, h' = o tanh(cell'). PyTorch's LSTM with batch_first; gates are i, f, g, o side by side.
 */
export function lstm(options: RecurrentOptions): Recurrent<LstmState> {
  checkOptions("lstm", options, recurrentOptions);
  const { size } = options;
  return recurrentLayer<LstmState>(
    {
      kind: "lstm",
      members: ["hidden", "cell"],
      gates: 4,
      turn(fromInput, fromHidden, before) {
        const all = add(fromInput, fromHidden);
        const [i, f, g, o] = [0, 1, 2, 3].map((index) => gate(all, index, size)) as [
          Tensor,
          Tensor,
          Tensor,
          Tensor,
        ]; // four went in
        const cell = add(mul(sigmoid(f), before.cell), mul(sigmoid(i), tanh(g)));
        return { hidden: mul(sigmoid(o), tanh(cell)), cell };
      },
    },
    options,
  );
}
