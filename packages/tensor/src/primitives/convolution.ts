import { type Aval, formatShape, type Shape, sizeOf } from "../shape.js";
import { describe, expectDType, expectSameDType, operands } from "./expect.js";
import type { ConvParams } from "./params.js";
import type { Primitive } from "./primitive.js";

type ConvName = "conv2d" | "convTranspose2d" | "conv2dWeightGradient";

/** floor((extent + low + high - dilation * (kernel - 1) - 1) / stride) + 1; below 1 where the kernel does not fit. */
const outputExtent = (
  axis: 0 | 1,
  extent: number,
  kernel: number,
  { stride, padding, dilation }: ConvParams,
): number =>
  Math.floor(
    (extent + padding[axis][0] + padding[axis][1] - dilation[axis] * (kernel - 1) - 1) / stride[axis],
  ) + 1;

/** The shapes of the three tensors of a convolution: x and weight go in, y comes out. */
interface ConvShapes {
  readonly x: Shape;
  readonly weight: Shape;
  readonly y: Shape;
}

function expectGeometry(op: ConvName, inputs: readonly Aval[], params: ConvParams): void {
  const [a, b] = inputs;
  expectSameDType(op, inputs);
  expectDType(op, op === "convTranspose2d" ? "y" : "x", a!, "float");
  if (a!.shape.length !== 4 || b!.shape.length !== 4) {
    const expected = {
      conv2d: "x [N,H,W,C] and weight [KH,KW,Cin/groups,Cout]",
      convTranspose2d: "y [N,H,W,Cout] and weight [KH,KW,Cin/groups,Cout]",
      conv2dWeightGradient: "x [N,H,W,Cin] and y [N,H,W,Cout]",
    }[op];
    throw new Error(`${op}: expected ${expected}, got ${describe(a!)} and ${describe(b!)}`);
  }
  const positive = [...params.stride, ...params.dilation, params.groups];
  if (positive.some((value) => !Number.isInteger(value) || value < 1)) {
    throw new Error(
      `${op}: stride [${params.stride.join(",")}], dilation [${params.dilation.join(",")}] and groups ${params.groups} must be integers of at least 1`,
    );
  }
  if (params.padding.flat().some((value) => !Number.isInteger(value) || value < 0)) {
    throw new Error(`${op}: padding must be integers of at least 0, got [[${params.padding.join("],[")}]]`);
  }
}

const formatShapes = ({ x, weight, y }: ConvShapes): string =>
  `x ${formatShape(x)}, weight ${formatShape(weight)}, y ${formatShape(y)}`;

/** Throws unless y has the batch, the channels and the extents that conv2d of x with weight would give. */
function expectConsistent(op: ConvName, shapes: ConvShapes, params: ConvParams): void {
  const { x, weight, y } = shapes;
  const { groups } = params;
  if (x[0] !== y[0]) throw new Error(`${op}: x and y must have one batch size (${formatShapes(shapes)})`);
  if (x[3] !== weight[2]! * groups) {
    throw new Error(
      `${op}: x has ${x[3]} channels, weight expects ${weight[2]! * groups} (${formatShapes(shapes)}, groups ${groups})`,
    );
  }
  if (weight[3]! % groups !== 0) {
    throw new Error(
      `${op}: ${weight[3]} output channels do not divide into ${groups} groups (${formatShapes(shapes)})`,
    );
  }
  if (weight[0]! < 1 || weight[1]! < 1) {
    throw new Error(`${op}: a kernel has at least one tap on each axis (${formatShapes(shapes)})`);
  }
  for (const axis of [0, 1] as const) {
    const expected = outputExtent(axis, x[axis + 1]!, weight[axis]!, params);
    if (expected < 1) {
      throw new Error(
        `${op}: the kernel does not fit into the padded input on axis ${axis + 1} (${formatShapes(shapes)}, ` +
          `padding [${params.padding[axis].join(",")}], dilation ${params.dilation[axis]}); pad more`,
      );
    }
    if (expected !== y[axis + 1]) {
      throw new Error(
        `${op}: y has extent ${y[axis + 1]} on axis ${axis + 1}, the geometry gives ${expected} (${formatShapes(shapes)}, ` +
          `stride ${params.stride[axis]}, padding [${params.padding[axis].join(",")}], dilation ${params.dilation[axis]})`,
      );
    }
  }
}

/**
 * Visits each multiplication of pixels: x pixel, y pixel and kernel tap as linear positions (without channels), for each tap
 * that does not fall on padding.
 */
function forEachTap(
  { x, weight, y }: ConvShapes,
  { stride, padding, dilation }: ConvParams,
  visit: (xPixel: number, yPixel: number, tap: number) => void,
): void {
  const [batch, height, width] = [x[0]!, x[1]!, x[2]!];
  const [kernelHeight, kernelWidth] = [weight[0]!, weight[1]!];
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < y[1]!; oy++) {
      for (let ox = 0; ox < y[2]!; ox++) {
        const yPixel = (n * y[1]! + oy) * y[2]! + ox;
        for (let ky = 0; ky < kernelHeight; ky++) {
          const iy = oy * stride[0] + ky * dilation[0] - padding[0][0];
          if (iy < 0 || iy >= height) continue;
          for (let kx = 0; kx < kernelWidth; kx++) {
            const ix = ox * stride[1] + kx * dilation[1] - padding[1][0];
            if (ix < 0 || ix >= width) continue;
            visit((n * height + iy) * width + ix, yPixel, ky * kernelWidth + kx);
          }
        }
      }
    }
  }
}

/**
 * The sum over taps, groups and channels that the three convolutions have in common: `term` receives the positions in
 * x, weight and y of a run of `length` output channels.
 */
function forEachRun(
  shapes: ConvShapes,
  params: ConvParams,
  term: (x: number, weight: number, y: number, length: number) => void,
): void {
  const [inputs, outputs] = [shapes.weight[2]!, shapes.weight[3]!];
  const length = outputs / params.groups;
  forEachTap(shapes, params, (xPixel, yPixel, tap) => {
    for (let group = 0; group < params.groups; group++) {
      for (let c = 0; c < inputs; c++) {
        term(
          xPixel * inputs * params.groups + group * inputs + c,
          (tap * inputs + c) * outputs + group * length,
          yPixel * outputs + group * length,
          length,
        );
      }
    }
  });
}

export const conv2d: Primitive<"conv2d"> = {
  kind: "contraction",
  infer: (inputs, params) => {
    const [x, weight] = operands("conv2d", inputs, ["x", "weight"]);
    expectGeometry("conv2d", inputs, params);
    const [kernelHeight, kernelWidth, , outputs] = weight.shape;
    const y = [
      x.shape[0]!,
      outputExtent(0, x.shape[1]!, kernelHeight!, params),
      outputExtent(1, x.shape[2]!, kernelWidth!, params),
      outputs!,
    ];
    expectConsistent("conv2d", { x: x.shape, weight: weight.shape, y }, params);
    return { shape: y, dtype: x.dtype };
  },
  reference: (inputs, params, out) => {
    const [x, weight] = operands("conv2d", inputs, ["x", "weight"]);
    const result = new Float64Array(sizeOf(out.shape));
    forEachRun({ x: x.shape, weight: weight.shape, y: out.shape }, params, (i, w, o, length) => {
      const value = x.data[i]!;
      for (let c = 0; c < length; c++) result[o + c] = result[o + c]! + value * weight.data[w + c]!;
    });
    return result;
  },
};

export const convTranspose2d: Primitive<"convTranspose2d"> = {
  kind: "contraction",
  infer: (inputs, params) => {
    const [y, weight] = operands("convTranspose2d", inputs, ["y", "weight"]);
    expectGeometry("convTranspose2d", inputs, params);
    const x = [y.shape[0]!, ...params.outputSize, weight.shape[2]! * params.groups];
    if (y.shape[3] !== weight.shape[3]) {
      throw new Error(
        `convTranspose2d: y has ${y.shape[3]} channels, weight expects ${weight.shape[3]} ` +
          `(y ${formatShape(y.shape)}, weight ${formatShape(weight.shape)})`,
      );
    }
    expectConsistent("convTranspose2d", { x, weight: weight.shape, y: y.shape }, params);
    return { shape: x, dtype: y.dtype };
  },
  reference: (inputs, params, out) => {
    const [y, weight] = operands("convTranspose2d", inputs, ["y", "weight"]);
    const result = new Float64Array(sizeOf(out.shape));
    forEachRun({ x: out.shape, weight: weight.shape, y: y.shape }, params, (i, w, o, length) => {
      let total = 0;
      for (let c = 0; c < length; c++) total += y.data[o + c]! * weight.data[w + c]!;
      result[i] = result[i]! + total;
    });
    return result;
  },
};

export const conv2dWeightGradient: Primitive<"conv2dWeightGradient"> = {
  kind: "contraction",
  infer: (inputs, params) => {
    const [x, y] = operands("conv2dWeightGradient", inputs, ["x", "y"]);
    expectGeometry("conv2dWeightGradient", inputs, params);
    if (x.shape[3]! % params.groups !== 0) {
      throw new Error(
        `conv2dWeightGradient: ${x.shape[3]} input channels do not divide into ${params.groups} groups (x ${formatShape(x.shape)})`,
      );
    }
    const weight = [...params.kernelSize, x.shape[3]! / params.groups, y.shape[3]!];
    expectConsistent("conv2dWeightGradient", { x: x.shape, weight, y: y.shape }, params);
    return { shape: weight, dtype: x.dtype };
  },
  reference: (inputs, params, out) => {
    const [x, y] = operands("conv2dWeightGradient", inputs, ["x", "y"]);
    const result = new Float64Array(sizeOf(out.shape));
    forEachRun({ x: x.shape, weight: out.shape, y: y.shape }, params, (i, w, o, length) => {
      const value = x.data[i]!;
      for (let c = 0; c < length; c++) result[w + c] = result[w + c]! + value * y.data[o + c]!;
    });
    return result;
  },
};
