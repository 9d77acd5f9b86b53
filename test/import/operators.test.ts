/** Single operators with attributes that exporters seldom write, against ONNX Runtime. */
import { importOnnx } from "@clidim/import";
import { tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { noise, relativeDifference, runOnnx, type Values } from "../export/runOnnx.js";
import { isShape, type OneNode, onnxOf, type Stored } from "./onnxOf.js";

interface Case {
  readonly op: string;
  readonly inputs: OneNode["inputs"];
  readonly attributes?: OneNode["attributes"];
  /** Default 17. */
  readonly opset?: number;
  /** Default 1. */
  readonly outputs?: number;
}

const i64 = (...data: number[]): Stored => ({ type: "i64", data });
const f32 = (...data: number[]): Stored => ({ type: "f32", data });
const image = [2, 3, 7, 10] as const;

const resize = (
  sizes: Stored,
  attributes: Readonly<Record<string, string>>,
  more: OneNode["attributes"] = {},
): Case => ({
  op: "Resize",
  inputs: [[1, 2, 5, 6], undefined, undefined, sizes],
  attributes: { ...attributes, ...more },
});
/** A row, by a scale. */
const scaled = (scale: number, extent: number, attributes: Readonly<Record<string, string>>): Case => ({
  op: "Resize",
  inputs: [[1, 1, 1, extent], undefined, f32(1, 1, 1, scale)],
  attributes: { coordinate_transformation_mode: "asymmetric", ...attributes },
});
const pool = (op: string, attributes: OneNode["attributes"], shape: readonly number[] = image): Case => ({
  op,
  inputs: [shape],
  attributes,
});
const reduce = (op: string, attributes: OneNode["attributes"]): Case => ({
  op,
  inputs: [[2, 3, 4]],
  attributes,
});

const cases: Readonly<Record<string, Case>> = {
  "MaxPool, ceil mode": pool("MaxPool", { kernel_shape: [3, 2], strides: [2, 3], ceil_mode: 1 }),
  "MaxPool, uneven pads and dilations": pool("MaxPool", {
    kernel_shape: [3, 2],
    pads: [1, 0, 0, 1],
    dilations: [2, 3],
  }),
  "MaxPool, SAME_LOWER": pool("MaxPool", {
    kernel_shape: [3, 3],
    strides: [2, 2],
    auto_pad: "SAME_LOWER",
  }),
  "MaxPool, three dimensions": pool(
    "MaxPool",
    { kernel_shape: [2, 2, 3], strides: [1, 2, 1] },
    [1, 2, 4, 5, 6],
  ),
  "AveragePool, uneven pads, not counted": pool("AveragePool", { kernel_shape: [3, 3], pads: [1, 0, 2, 1] }),
  "AveragePool, pads counted, ceil mode": pool("AveragePool", {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    count_include_pad: 1,
    ceil_mode: 1,
  }),
  "AveragePool, SAME_UPPER": pool("AveragePool", {
    kernel_shape: [2, 3],
    strides: [2, 2],
    auto_pad: "SAME_UPPER",
  }),
  "DequantizeLinear, one scale": {
    op: "DequantizeLinear",
    inputs: [
      { type: "u8", shape: [2, 3], data: [0, 1, 2, 128, 200, 255] },
      { ...f32(0.05), shape: [] },
      { type: "u8", shape: [], data: [128] },
    ],
  },
  "DequantizeLinear, a scale for each channel": {
    op: "DequantizeLinear",
    inputs: [
      { type: "i8", shape: [2, 3], data: [-128, 1, 2, -5, 100, 127] },
      f32(0.5, 0.25),
      { type: "i8", data: [-3, 4] },
    ],
    attributes: { axis: -2 },
  },
  "DequantizeLinear, without zero points": {
    op: "DequantizeLinear",
    inputs: [{ type: "i8", shape: [2, 3], data: [-128, 1, 2, -5, 100, 127] }, f32(0.5, 0.25, 2)],
  },
  "DequantizeLinear, by blocks": {
    op: "DequantizeLinear",
    opset: 21,
    inputs: [
      { type: "i8", shape: [2, 5], data: [-128, 1, 2, -5, 100, 127, 3, -4, 5, 6] },
      { ...f32(0.5, 0.25, 2, 1, 3, 0.125), shape: [2, 3] },
      { type: "i8", shape: [2, 3], data: [0, 1, 2, 3, 4, 5] },
    ],
    attributes: { axis: 1, block_size: 2 },
  },
  GlobalMaxPool: pool("GlobalMaxPool", {}),
  "Conv, SAME_UPPER with groups": {
    op: "Conv",
    inputs: [[1, 4, 7, 9], [6, 2, 3, 4], [6]],
    attributes: { auto_pad: "SAME_UPPER", strides: [2, 1], group: 2 },
  },
  "Conv, VALID": {
    op: "Conv",
    inputs: [
      [1, 2, 7, 9],
      [3, 2, 3, 3],
    ],
    attributes: { auto_pad: "VALID" },
  },
  "Conv, one dimension, uneven pads": {
    op: "Conv",
    inputs: [[2, 3, 11], [4, 3, 3], [4]],
    attributes: { pads: [2, 1], dilations: [2] },
  },
  "Conv, three dimensions, uneven pads": {
    op: "Conv",
    inputs: [
      [1, 2, 4, 5, 6],
      [3, 2, 2, 3, 2],
    ],
    attributes: { pads: [1, 0, 1, 0, 1, 0], strides: [1, 2, 1] },
  },
  "ConvTranspose, output_shape": {
    op: "ConvTranspose",
    inputs: [[1, 3, 4, 5], [3, 2, 3, 3], [2]],
    attributes: { strides: [2, 3], output_shape: [8, 15] },
  },
  "ConvTranspose, output_shape beyond the windows": {
    op: "ConvTranspose",
    inputs: [[1, 3, 4, 4], [3, 2, 1, 1], [2]],
    attributes: { strides: [2, 2], output_shape: [8, 7] },
  },
  "ConvTranspose, one dimension, output_shape beyond the windows": {
    op: "ConvTranspose",
    inputs: [[1, 3, 4], [3, 2, 1], [2]],
    attributes: { strides: [2], output_shape: [8] },
  },
  "ConvTranspose, SAME_UPPER": {
    op: "ConvTranspose",
    inputs: [
      [1, 3, 4, 5],
      [3, 2, 3, 3],
    ],
    attributes: { strides: [2, 2], auto_pad: "SAME_UPPER" },
  },
  "ConvTranspose, groups, dilations, output_padding": {
    op: "ConvTranspose",
    inputs: [
      [1, 4, 4, 5],
      [4, 3, 3, 2],
    ],
    attributes: {
      strides: [2, 3],
      dilations: [1, 2],
      pads: [1, 0, 0, 1],
      output_padding: [1, 2],
      group: 2,
    },
  },
  "Resize, nearest by centres": resize(i64(1, 2, 8, 4), { mode: "nearest" }),
  "Resize, nearest, asymmetric, ceil": resize(i64(1, 2, 7, 9), {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "ceil",
  }),
  "Resize, nearest, asymmetric, floor": resize(i64(1, 2, 10, 12), {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  }),
  "Resize, linear, half pixels": resize(i64(1, 2, 9, 4), { mode: "linear" }),
  "Resize, linear, corners": resize(i64(1, 2, 9, 4), {
    mode: "linear",
    coordinate_transformation_mode: "align_corners",
  }),
  "Resize, linear, asymmetric": resize(i64(1, 2, 9, 4), {
    mode: "linear",
    coordinate_transformation_mode: "asymmetric",
  }),
  "Resize, cubic": resize(i64(1, 2, 9, 4), { mode: "cubic" }),
  "Resize, cubic, without what is outside": resize(
    i64(1, 2, 9, 11),
    { mode: "cubic" },
    { exclude_outside: 1, cubic_coeff_a: { float: -0.5 } },
  ),
  "Resize, scales that leave a rest": {
    op: "Resize",
    inputs: [[1, 2, 5, 6], undefined, f32(1, 1, 1.7, 0.6)],
    attributes: { mode: "linear" },
  },
  ...Object.fromEntries(
    (
      [
        [1 / 3, 12],
        [0.7, 10],
        [1.4, 5],
        [0.9, 20],
        [1.3, 10],
        [0.3, 10],
        [1.7, 6],
        [0.5, 9],
      ] as const
    ).flatMap(([scale, extent]): [string, Case][] => [
      [
        `Resize, nearest, asymmetric, floor, ${extent} by ${scale}`,
        scaled(scale, extent, { mode: "nearest", nearest_mode: "floor" }),
      ],
      [
        `Resize, nearest of opset 10, ${extent} by ${scale}`,
        { op: "Resize", inputs: [[1, 1, 1, extent], f32(1, 1, 1, scale)], opset: 10 },
      ],
      [
        `Resize, linear, half pixels, ${extent} by ${scale}`,
        scaled(scale, extent, { mode: "linear", coordinate_transformation_mode: "pytorch_half_pixel" }),
      ],
    ]),
  ),
  "Resize, nearest by centres, to a third": scaled(1 / 3, 12, {
    mode: "nearest",
    coordinate_transformation_mode: "half_pixel",
  }),
  "Slice up to floor(0.7 n), in floats": {
    op: "Slice",
    inputs: [
      [10],
      i64(0),
      {
        op: "Cast",
        inputs: [
          {
            op: "Floor",
            inputs: [
              {
                op: "Mul",
                inputs: [
                  { op: "Cast", inputs: [{ op: "Shape", inputs: ["in0"] }], attributes: { to: 1 } },
                  f32(0.7),
                ],
              },
            ],
          },
        ],
        attributes: { to: 7 },
      },
    ],
  },
  "Resize, antialiased": {
    ...resize(i64(1, 2, 3, 3), { mode: "linear" }, { antialias: 1 }),
    opset: 18,
  },
  "Resize, some axes": { ...resize(i64(8, 3), { mode: "linear" }, { axes: [2, 3] }), opset: 18 },
  "Resize of opset 10": { op: "Resize", inputs: [[1, 2, 5, 6], f32(1, 1, 2, 1.5)], opset: 10 },
  "Upsample of opset 9": {
    op: "Upsample",
    inputs: [[1, 2, 5, 6], f32(1, 1, 2, 3)],
    attributes: { mode: "nearest" },
    opset: 9,
  },
  "Slice, backwards and beyond the ends": {
    op: "Slice",
    inputs: [[4, 5, 6], i64(-1, 100, -3), i64(-100, 1, 2 ** 40), i64(0, 1, 2), i64(-2, -1, 2)],
  },
  "Slice, backwards from far before the first element": {
    op: "Slice",
    inputs: [[5], i64(-100), i64(-200), i64(0), i64(-1)],
  },
  "Squeeze, an empty list of axes": { op: "Squeeze", inputs: [[1, 3, 1], i64()] },
  "Slice, nothing": { op: "Slice", inputs: [[4, 5], i64(3), i64(1), i64(1)] },
  "Split, given sizes": { op: "Split", inputs: [[4, 6], i64(1, 3, 2)], attributes: { axis: -1 }, outputs: 3 },
  "Pad, reflect": { op: "Pad", inputs: [[3, 5], i64(1, 2, 2, 3)], attributes: { mode: "reflect" } },
  "Pad, edge": { op: "Pad", inputs: [[3, 5], i64(1, 0, 2, 7)], attributes: { mode: "edge" } },
  "Pad, a value, taking away": { op: "Pad", inputs: [[3, 5], i64(1, -1, 0, -2), f32(7)] },
  "DepthToSpace, DCR": { op: "DepthToSpace", inputs: [[2, 12, 2, 3]], attributes: { blocksize: 2 } },
  "DepthToSpace, CRD": {
    op: "DepthToSpace",
    inputs: [[2, 12, 2, 3]],
    attributes: { blocksize: 2, mode: "CRD" },
  },
  SpaceToDepth: { op: "SpaceToDepth", inputs: [[2, 3, 4, 6]], attributes: { blocksize: 2 } },
  "Gather, from the end": { op: "Gather", inputs: [[4, 5], i64(-1, 0, 2)], attributes: { axis: 1 } },
  "GatherElements, fewer": {
    op: "GatherElements",
    inputs: [[4, 5], { type: "i64", shape: [2, 3], data: [-1, 0, 2, 3, 1, -4] }],
  },
  GatherND: {
    op: "GatherND",
    inputs: [[4, 5, 2], { type: "i64", shape: [3, 2], data: [0, -1, 3, 2, -4, 0] }],
  },
  ScatterND: {
    op: "ScatterND",
    inputs: [[4, 5], { type: "i64", shape: [2, 1], data: [1, -1] }, [2, 5]],
  },
  "ScatterND, added": {
    op: "ScatterND",
    inputs: [[4, 5], { type: "i64", shape: [3, 1], data: [1, -1, 1] }, [3, 5]],
    attributes: { reduction: "add" },
  },
  ScatterElements: {
    op: "ScatterElements",
    inputs: [[3, 5], { type: "i64", shape: [1, 2], data: [1, -2] }, [1, 2]],
    attributes: { axis: 1 },
  },
  "OneHot, axis 0": { op: "OneHot", inputs: [i64(0, -1, 2), i64(4), f32(-1, 5)], attributes: { axis: 0 } },
  "ReduceSum, axes as an input": {
    op: "ReduceSum",
    inputs: [[2, 3, 4], i64(-1, 0)],
    attributes: { keepdims: 0 },
  },
  "ReduceSum, nothing to do": {
    op: "ReduceSum",
    inputs: [[2, 3]],
    attributes: { noop_with_empty_axes: 1 },
  },
  "ReduceMean, axes as an attribute": reduce("ReduceMean", { axes: [1] }),
  ReduceL2: reduce("ReduceL2", { axes: [0, 2], keepdims: 0 }),
  ReduceL1: reduce("ReduceL1", {}),
  ReduceLogSumExp: reduce("ReduceLogSumExp", { axes: [1] }),
  ReduceSumSquare: reduce("ReduceSumSquare", { axes: [-2] }),
  ReduceProd: reduce("ReduceProd", { axes: [2] }),
  ArgMax: reduce("ArgMax", { axis: 1, keepdims: 0 }),
  ArgMin: reduce("ArgMin", { axis: -1 }),
  "CumSum, exclusive, backwards": {
    op: "CumSum",
    inputs: [[3, 5], i64(1)],
    attributes: { exclusive: 1, reverse: 1 },
  },
  "TopK, least": { op: "TopK", inputs: [[3, 7], i64(3)], attributes: { largest: 0 }, outputs: 2 },
  "Softmax of opset 11": { op: "Softmax", inputs: [[2, 3, 4]], opset: 11 },
  LogSoftmax: { op: "LogSoftmax", inputs: [[2, 3, 4]], attributes: { axis: 1 } },
  Trilu: { op: "Trilu", inputs: [[4, 5], i64(-1)], attributes: { upper: 0 } },
  Expand: { op: "Expand", inputs: [[3, 1], i64(2, 1, 4)] },
  "Reshape, kept and open": { op: "Reshape", inputs: [[2, 3, 4], i64(0, -1)] },
  Flatten: { op: "Flatten", inputs: [[2, 3, 4, 5]], attributes: { axis: -2 } },
  Tile: { op: "Tile", inputs: [[2, 3], i64(2, 3)] },
  "Transpose, reversed": { op: "Transpose", inputs: [[2, 3, 4]] },
  Gemm: {
    op: "Gemm",
    inputs: [[5, 3], [4, 5], [4]],
    attributes: { transA: 1, transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } },
  },
  "MatMul of a vector": { op: "MatMul", inputs: [[5], [2, 5, 3]] },
  Einsum: {
    op: "Einsum",
    inputs: [
      [2, 3, 4],
      [2, 5, 4],
    ],
    attributes: { equation: "bij, bkj -> bik" },
  },
  "LayerNormalization over two axes": {
    op: "LayerNormalization",
    inputs: [
      [2, 3, 4],
      [3, 4],
      [3, 4],
    ],
    attributes: { axis: 1 },
  },
  "Clip, from below": { op: "Clip", inputs: [[3, 4], f32(-0.2)] },
  PRelu: { op: "PRelu", inputs: [[2, 3, 4], { type: "f32", shape: [3, 1], data: [0.1, -0.3, 2] }] },
  Celu: { op: "Celu", inputs: [[3, 4]], attributes: { alpha: { float: 0.7 } } },
  HardSigmoid: {
    op: "HardSigmoid",
    inputs: [[3, 4]],
    attributes: { alpha: { float: 0.5 }, beta: { float: 0.3 } },
  },
  ThresholdedRelu: { op: "ThresholdedRelu", inputs: [[3, 4]], attributes: { alpha: { float: 0.3 } } },
  Selu: { op: "Selu", inputs: [[3, 4]] },
  Softsign: { op: "Softsign", inputs: [[3, 4]] },
  Sinh: { op: "Sinh", inputs: [[3, 4]] },
  Asinh: { op: "Asinh", inputs: [[3, 4]] },
  Atanh: { op: "Atanh", inputs: [[3, 4]] },
  Det: { op: "Det", inputs: [{ type: "f32", shape: [2, 2, 2], data: [1, 2, 3, 4, 0.5, -1, 2, 0.25] }] },
  "DFT of real numbers": { op: "DFT", inputs: [[2, 6, 1]] },
  "DFT of real numbers, one side": { op: "DFT", inputs: [[2, 6, 1]], attributes: { onesided: 1 } },
  "DFT, inverse, along a second axis": {
    op: "DFT",
    inputs: [[2, 3, 5, 2]],
    attributes: { axis: 2, inverse: 1 },
  },
  Cosh: { op: "Cosh", inputs: [[3, 4]] },
  "Max of three": { op: "Max", inputs: [[3, 4], [4], [3, 1]] },
  "Mean of three": { op: "Mean", inputs: [[3, 4], [4], [3, 1]] },
  "Div of whole numbers": {
    op: "Div",
    inputs: [
      { type: "i32", data: [7, -7, 8, -9] },
      { type: "i32", data: [2, 2, -3, -3] },
    ],
  },
  "Mod of whole numbers": {
    op: "Mod",
    inputs: [
      { type: "i32", data: [7, -7, 8, -9] },
      { type: "i32", data: [2, 2, -3, -3] },
    ],
  },
  "Pow of whole numbers to floats": {
    op: "Pow",
    inputs: [{ type: "i64", data: [9, 10, 7, -3, -3, 2, 5] }, f32(0.5, 0.5, 1.5, 2, 3, -1, 0)],
  },
  "Pow of a large whole number to a whole float": {
    op: "Pow",
    inputs: [{ type: "i64", data: [1290, -1290] }, f32(3)],
  },
  "Pow of floats to whole numbers": { op: "Pow", inputs: [[4], i64(2, 3, 0, 1)] },
  ...Object.fromEntries(
    [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ].map(([negative, positive]): [string, Case] => [
      `IsInf, negative ${negative}, positive ${positive}`,
      {
        op: "IsInf",
        inputs: [f32(1, -2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN)],
        attributes: { detect_negative: negative!, detect_positive: positive! },
      },
    ]),
  ),
  "Cast to whole numbers": { op: "Cast", inputs: [f32(1.7, -1.7, 300)], attributes: { to: 6 } },
  ...Object.fromEntries(
    Object.entries({ uint8: 2, int8: 3, uint16: 4, int16: 5 }).map(([name, to]): [string, Case] => [
      `Cast to ${name}`,
      {
        op: "Cast",
        inputs: [{ type: "i32", data: [0, 44, 127, 128, 255, 300, -1, -129, 32768, 65535, 70000, -40000] }],
        attributes: { to },
      },
    ]),
  ),
};

describe("operators", () => {
  it.each(Object.entries(cases))("%s gives ONNX Runtime's result", async (_name, given) => {
    const { op, inputs, attributes = {}, opset = 17, outputs: count = 1 } = given;
    const outputs = Array.from({ length: count }, (_, i) => `out${i}`);
    const file = onnxOf({ op, inputs, attributes, opset, outputs });
    const values = inputs.flatMap((each, i): [string, Values][] =>
      isShape(each)
        ? [
            [
              `in${i}`,
              {
                data: noise(
                  each.reduce((a, b) => a * b, 1),
                  i + 1,
                ),
                shape: each,
              },
            ],
          ]
        : [],
    );
    const model = importOnnx(file);
    const made = model.apply(
      model.parameters,
      ...values.map(([, { data, shape }]) => tensor(data, { shape })),
    );
    const expected = await runOnnx(file, Object.fromEntries(values));
    for (const output of outputs) {
      expect(made[output]!.shape).toEqual(expected[output]!.shape);
      const [got] = interpret([made[output]!]);
      const numbers = Array.from(expected[output]!.data, Number);
      expect(relativeDifference(got!, numbers), output).toBeLessThan(1e-5);
    }
  });
});
