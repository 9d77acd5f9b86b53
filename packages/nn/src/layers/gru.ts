import { add, mul, sigmoid, sub, tanh } from "@clidim/tensor";
import { checkOptions } from "../checkOptions.js";
import {
  gate,
  type Recurrent,
  type RecurrentOptions,
  type RecurrentState,
  recurrentLayer,
  recurrentOptions,
} from "./recurrentLayer.js";

/**
 * Reads sequences [N, T, C] -> [N, T, H] with a gated recurrent unit: r, z = sigmoid(x W + b + h U + c) each,
 * n = tanh(x W + b + r (h U + c)), h' = (1 - z) n + z h. PyTorch's GRU with batch_first; gates are r, z, n side by side.
 */
export function gru(options: RecurrentOptions): Recurrent<RecurrentState> {
  checkOptions("gru", options, recurrentOptions);
  const { size } = options;
  return recurrentLayer<RecurrentState>(
    {
      kind: "gru",
      members: ["hidden"],
      gates: 3,
      turn(fromInput, fromHidden, { hidden }) {
        const [r, z] = [0, 1].map((index) => {
          return sigmoid(add(gate(fromInput, index, size), gate(fromHidden, index, size)));
        }) as [typeof hidden, typeof hidden]; // two went in
        const n = tanh(add(gate(fromInput, 2, size), mul(r, gate(fromHidden, 2, size))));
        return { hidden: add(n, mul(z, sub(hidden, n))) };
      },
    },
    options,
  );
}
