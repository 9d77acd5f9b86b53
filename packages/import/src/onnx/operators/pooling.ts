import type { Tensor } from "@clidim/tensor";
import * as t from "@clidim/tensor";
import type { Call, Operator } from "../call.js";
import { type Pads, type Windows, windowsOf } from "./windows.js";

/** How far windows reach beyond an image on each side, a last one with `ceil_mode` included. A window that would begin in the padding after the end is none. */
function reaches(call: Call, extents: readonly number[], windows: Windows): Pads {
  const up = call.int("ceil_mode", 0) === 1;
  return extents.map((extent, i): readonly [number, number] => {
    const [before, after] = windows.pads[i]!;
    const [stride, reach] = [windows.strides[i]!, windows.dilations[i]! * (windows.kernel[i]! - 1) + 1];
    const steps = (extent + before + after - reach) / stride;
    let count = 1 + (up ? Math.ceil(steps) : Math.floor(steps));
    if (up && (count - 1) * stride >= extent + before) count--;
    return [before, Math.max(after, (count - 1) * stride + reach - extent - before)];
  });
}

const around = (pads: Pads): Pads => [[0, 0], ...pads, [0, 0]];

/** By the number of extents. */
function pooled(
  call: Call,
  x: Tensor,
  { kernel, strides, dilations }: Windows,
  kind: "max" | "mean",
): Tensor {
  const [[k0, k1, k2], [s0, s1, s2]] = [kernel, strides];
  const [d0, d1, d2] = dilations;
  switch (kernel.length) {
    case 1: {
      const options = { kernel: k0!, stride: s0! };
      return kind === "max" ? t.maxPool1d(x, { ...options, dilation: d0! }) : t.avgPool1d(x, options);
    }
    case 2: {
      const options = { kernel: [k0!, k1!], stride: [s0!, s1!] } as const;
      return kind === "max" ? t.maxPool2d(x, { ...options, dilation: [d0!, d1!] }) : t.avgPool2d(x, options);
    }
    case 3: {
      const options = { kernel: [k0!, k1!, k2!], stride: [s0!, s1!, s2!] } as const;
      return kind === "max"
        ? t.maxPool3d(x, { ...options, dilation: [d0!, d1!, d2!] })
        : t.avgPool3d(x, options);
    }
    default:
      return call.refuse(`has ${kernel.length} extents, known are one to three`);
  }
}

const kernelOf = (call: Call): readonly number[] =>
  call.ints("kernel_shape") ?? call.refuse("has no kernel_shape");

const maxPool: Operator = (call) => {
  if (call.node.outputs.length > 1 && call.node.outputs[1] !== "") {
    call.refuse("asks for the positions of the largest values, which are not known");
  }
  const x = call.images(0);
  const extents = x.shape.slice(1, -1);
  const windows = windowsOf(call, extents, kernelOf(call));
  const widths = around(reaches(call, extents, windows));
  const padded = t.pad(x, widths, "constant", { value: Number.NEGATIVE_INFINITY });
  return call.ofImages(pooled(call, padded, windows, "max"));
};

const averagePool: Operator = (call) => {
  const x = call.images(0);
  const extents = x.shape.slice(1, -1);
  const windows = windowsOf(call, extents, kernelOf(call));
  if (windows.dilations.some((dilation) => dilation !== 1)) call.refuse("has dilations, which are not known");
  const reached = reaches(call, extents, windows);
  const means = pooled(call, t.pad(x, around(reached)), windows, "mean");
  const includesPad = call.int("count_include_pad", 0) === 1;
  const beyond = reached.map(([before, after], i): readonly [number, number] => {
    const [low, high] = windows.pads[i]!;
    return includesPad ? [before - low, after - high] : [before, after];
  });
  if (beyond.every(([before, after]) => before === 0 && after === 0)) return call.ofImages(means);
  // The share of each window that counts.
  const counted = extents.map(
    (extent, i) => extent + (includesPad ? windows.pads[i]![0] + windows.pads[i]![1] : 0),
  );
  const shares = pooled(call, t.pad(t.ones([1, ...counted, 1]), around(beyond)), windows, "mean");
  return call.ofImages(t.div(means, shares));
};

const overall =
  (reduce: typeof t.max): Operator =>
  (call) => {
    const x = call.images(0);
    const axes = x.shape.slice(1, -1).map((_, i) => i + 1);
    return call.ofImages(reduce(x, axes, { keepDims: true }));
  };

export const pooling: Readonly<Record<string, Operator>> = {
  AveragePool: averagePool,
  GlobalAveragePool: overall(t.mean),
  GlobalMaxPool: overall(t.max),
  MaxPool: maxPool,
};
