import type { Tensor } from "@clidim/tensor";
import * as t from "@clidim/tensor";
import type { Call, Operator } from "../call.js";
import { type Pads, type Windows, windowsOf } from "./windows.js";

/** Weights [A,B,...kernel] as [...kernel,B,A]. */
const kernelFirst = (weight: Tensor): Tensor => {
  const rank = weight.shape.length;
  return t.transpose(weight, [...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1, 0]);
};

/** With a bias for each channel, which is the last axis. */
const biased = (y: Tensor, bias: Tensor | undefined): Tensor => (bias ? t.add(y, bias) : y);

const pair = (values: readonly number[]): readonly [number, number] => [values[0]!, values[1]!];
const triple = (values: readonly number[]): readonly [number, number, number] => [
  values[0]!,
  values[1]!,
  values[2]!,
];

function convolve(call: Call, x: Tensor, weight: Tensor, windows: Windows): Tensor {
  const { strides, dilations, pads } = windows;
  const groups = call.int("group", 1);
  switch (pads.length) {
    case 1:
      return t.conv1d(x, weight, { stride: strides[0]!, dilation: dilations[0]!, padding: pads[0]!, groups });
    case 2:
      return t.conv2d(x, weight, {
        stride: pair(strides),
        dilation: pair(dilations),
        padding: [pads[0]!, pads[1]!],
        groups,
      });
    case 3:
      // Its padding is the same on both sides.
      return t.conv3d(t.pad(x, [[0, 0], ...pads, [0, 0]]), weight, {
        stride: triple(strides),
        dilation: triple(dilations),
        groups,
      });
    default:
      return call.refuse(`has ${pads.length} extents, known are one to three`);
  }
}

const conv: Operator = (call) => {
  const x = call.images(0);
  const weight = call.plain(1);
  const windows = windowsOf(call, x.shape.slice(1, -1), weight.shape.slice(2));
  const y = convolve(call, x, kernelFirst(weight), windows);
  return call.ofImages(biased(y, call.optionalPlain(2)));
};

/** What gives the extents asked for, where they are: `output_padding` is more where the windows do not reach that far. */
function transposedPads(
  call: Call,
  extents: readonly number[],
  windows: Windows,
): { readonly pads: Pads; readonly extra: readonly number[] } {
  const extra = call.ints("output_padding") ?? extents.map(() => 0);
  const wanted = call.ints("output_shape");
  const auto = call.choice("auto_pad", "NOTSET", ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"]);
  if (!wanted && !auto.startsWith("SAME")) return { pads: windows.pads, extra };
  const { kernel, strides, dilations } = windows;
  const beyond = extents.map((extent, i) => {
    const size = wanted ? wanted.at(i - extents.length)! : extent * strides[i]!;
    return (extent - 1) * strides[i]! + extra[i]! + dilations[i]! * (kernel[i]! - 1) + 1 - size;
  });
  const pads = beyond.map((each): readonly [number, number] => {
    const total = Math.max(0, each);
    const half = Math.floor(total / 2);
    return auto === "SAME_UPPER" ? [half, total - half] : [total - half, half];
  });
  const missing = beyond.map((each) => Math.max(0, -each));
  if (missing.some((count, i) => count >= strides[i]!)) {
    call.refuse(
      `output_shape is [${wanted}], which is ${missing.join(" and ")} beyond the windows, expected less than the strides [${strides}]`,
    );
  }
  return { pads, extra: extra.map((count, i) => count + missing[i]!) };
}

const convTranspose: Operator = (call) => {
  const x = call.images(0);
  const weight = call.plain(1);
  const extents = x.shape.slice(1, -1);
  if (extents.length > 2) call.refuse(`has ${extents.length} extents, known are one and two`);
  const windows = windowsOf(call, extents, weight.shape.slice(2));
  const { pads, extra } = transposedPads(call, extents, windows);
  const groups = call.int("group", 1);
  const line = extents.length === 1;
  /** A sequence is an image of one row. */
  const rows = <T>(values: readonly T[], one: T): readonly [T, T] =>
    line ? [one, values[0]!] : [values[0]!, values[1]!];
  const kernel = kernelFirst(weight);
  const y = t.convTranspose2d(line ? t.expandDims(x, 1) : x, line ? t.expandDims(kernel, 0) : kernel, {
    stride: rows(windows.strides, 1),
    dilation: rows(windows.dilations, 1),
    padding: rows<readonly [number, number]>(pads, [0, 0]),
    outputPadding: rows(extra, 0),
    groups,
  });
  return call.ofImages(biased(line ? t.squeeze(y, 1) : y, call.optionalPlain(2)));
};

export const convolution: Readonly<Record<string, Operator>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
};
