import { conv2d, type Layer } from "@clidim/nn";
import { add, type Tensor, tanh } from "@clidim/tensor";
import type { LayerLeaves } from "./layerLeaves.js";
import { blurInit } from "./weightInit.js";

export const outputNames = ["tanh", "linear", "filtered"] as const;
/**
 * What becomes of a generator's last values u. "tanh": tanh(u), as published. "linear": u. "filtered": x * w + u, a learnt 9 x 9 filter of the image plus a correction. w
 * starts as a Gaussian of sigma 1 pixel, so training sets out from a blurred image, with the brightness and contrast of the input, and full resolution has a path without
 * a stride. Needs as many output as input channels.
 */
export type GeneratorOutput = (typeof outputNames)[number];

/** The name of the block that "filtered" needs. */
export const filterBlock = "filter";

/** The layers of that block. */
export const filterParts = (channels: number): Record<string, Layer<LayerLeaves, LayerLeaves>> => ({
  conv: conv2d({
    out: channels,
    kernel: 9,
    padding: 4,
    paddingMode: "edge",
    bias: false,
    weightInit: blurInit,
  }),
});

/** Throws where `output` needs other channels. */
export function checkOutput(
  op: string,
  output: GeneratorOutput,
  inputChannels: number,
  outputChannels: number,
): void {
  if (output !== "filtered" || inputChannels === outputChannels) return;
  throw new Error(
    `${op}: output filtered adds the filtered input, so it needs as many output as input channels, got ${inputChannels} input ` +
      `and ${outputChannels} output channels; choose tanh or linear`,
  );
}

/** A generator's output for x from its last values; `run` applies one of its blocks. */
export function finishOutput(
  output: GeneratorOutput,
  run: (block: string, x: Tensor) => Tensor,
  x: Tensor,
  values: Tensor,
): Tensor {
  switch (output) {
    case "tanh":
      return tanh(values);
    case "linear":
      return values;
    case "filtered":
      return add(run(filterBlock, x), values);
    default:
      return output satisfies never;
  }
}
