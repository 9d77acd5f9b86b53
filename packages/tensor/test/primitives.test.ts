import { valuesOf } from "@clidim/testing/values";
import { describe, expect, test } from "vitest";
import type { DType } from "../src/dtype.js";
import { tensor } from "../src/ops/creation.js";
import { binaryRows, type UnaryName, unaryRows } from "../src/primitives/elementwise.js";
import { erf, erfc } from "../src/primitives/erf.js";
import { primitives } from "../src/primitives/index.js";
import { threefry2x32 } from "../src/primitives/leaves.js";
import type { ConvParams } from "../src/primitives/params.js";
import { apply, type Definition, input, type Tensor } from "../src/tensor.js";

const ints = (data: number[], dtype: "i32" | "u32"): Tensor => tensor(data, { dtype });
const noParams: Extract<Definition, { op: "add" }>["params"] = {};

describe("kinds", () => {
  test("every primitive is of one kind, by which fusion and kernels go", () => {
    const names: Record<string, string[]> = {};
    for (const [name, { kind }] of Object.entries(primitives)) names[kind] = [...(names[kind] ?? []), name];
    const { elementwise, ...others } = names;
    const rows = [...Object.keys(unaryRows), ...Object.keys(binaryRows)];
    expect(elementwise!.sort()).toEqual([...rows, "cast", "select"].sort());
    expect(others).toEqual({
      leaf: ["input", "constant", "full", "iota"],
      random: ["randomBits"],
      reduction: ["sum", "max", "prod"],
      row: ["argsort", "fft"],
      contraction: ["matmul", "conv2d", "convTranspose2d", "conv2dWeightGradient"],
      view: ["broadcast", "transpose", "slice", "pad", "flip", "concat", "gather", "arrange"],
      reshape: ["reshape"],
      scatter: ["scatterAdd"],
      control: ["identity", "stopGradient", "barrier", "customVjp"],
      program: ["scan", "cond", "whileLoop", "kernel"],
      result: ["result"],
    });
  });
});

describe("elementwise rows", () => {
  test("erf agrees with tabulated values to 15 digits", () => {
    // Abramowitz and Stegun, table 7.1, extended to 16 digits.
    const table = [
      [0, 0],
      [0.1, 0.1124629160182849],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2, 0.9953222650189527],
      [3, 0.9999779095030014],
      [4.5, 0.9999999998033839],
      [7, 1],
    ] as const;
    for (const [x, y] of table) {
      expect(Math.abs(erf(x) - y)).toBeLessThan(4e-16);
      expect(erf(-x)).toBe(-erf(x));
    }
  });

  test("erfc keeps its digits in the tail", () => {
    // Abramowitz and Stegun, section 7.1, to 16 digits.
    const table = [
      [0.3, 0.6713732405408726],
      [1, 0.15729920705028513],
      [3, 2.2090496998585438e-5],
      [5, 1.5374597944280349e-12],
      [10, 2.088487583762545e-45],
    ] as const;
    for (const [x, y] of table) {
      expect(Math.abs(erfc(x) / y - 1)).toBeLessThan(1e-13);
      expect(erfc(-x)).toBeCloseTo(2 - y, 14);
    }
  });

  test("round sends halves to the even neighbour", () => {
    const { reference } = unaryRows.round;
    expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, -2.6].map((x) => reference(x, "f32"))).toEqual([
      -2, -2, 0, 0, 2, 2, 2, -3,
    ]);
  });

  test("integers wrap at 32 bits", () => {
    const big = 2 ** 31 - 1;
    expect(valuesOf(apply("add", [ints([big], "i32"), ints([1], "i32")], {}))).toEqual([-(2 ** 31)]);
    expect(valuesOf(apply("sub", [ints([0], "u32"), ints([1], "u32")], {}))).toEqual([2 ** 32 - 1]);
    expect(valuesOf(apply("mul", [ints([big], "i32"), ints([big], "i32")], {}))).toEqual([1]);
    expect(valuesOf(apply("mul", [ints([2 ** 32 - 1], "u32"), ints([2 ** 32 - 1], "u32")], {}))).toEqual([1]);
    expect(valuesOf(apply("neg", [ints([1], "u32")], {}))).toEqual([2 ** 32 - 1]);
    expect(valuesOf(apply("neg", [ints([-(2 ** 31)], "i32")], {}))).toEqual([-(2 ** 31)]);
    expect(valuesOf(apply("abs", [ints([-(2 ** 31), -3], "i32")], {}))).toEqual([-(2 ** 31), 3]);
    expect(valuesOf(apply("sum", [ints([big, big, big], "i32")], { axes: [0] }))).toEqual([2 ** 31 - 3]);
  });

  test("integer division truncates, and by zero does what WGSL says", () => {
    const a = ints([7, -7, 5, -(2 ** 31)], "i32");
    const b = ints([2, 2, 0, -1], "i32");
    expect(valuesOf(apply("div", [a, b], {}))).toEqual([3, -3, 5, -(2 ** 31)]);
    expect(valuesOf(apply("rem", [a, b], {}))).toEqual([1, -1, 0, 0]);
  });

  test("bits and shifts", () => {
    const a = ints([0b1100, -8], "i32");
    const b = ints([0b1010, 33], "i32");
    expect(valuesOf(apply("and", [a, b], {}))).toEqual([0b1000, -8 & 33]);
    expect(valuesOf(apply("or", [a, b], {}))).toEqual([0b1110, -8 | 33]);
    expect(valuesOf(apply("xor", [a, b], {}))).toEqual([0b0110, -8 ^ 33]);
    expect(valuesOf(apply("not", [a], {}))).toEqual([-13, 7]);
    expect(valuesOf(apply("shiftRight", [a, ints([1, 33], "i32")], {}))).toEqual([6, -4]);
    expect(valuesOf(apply("shiftLeft", [ints([2 ** 31 + 1], "u32"), ints([1], "u32")], {}))).toEqual([2]);
    expect(valuesOf(apply("shiftRight", [ints([2 ** 31], "u32"), ints([31], "u32")], {}))).toEqual([1]);
  });

  test("minimum and maximum return one of their operands", () => {
    const [a, b] = [tensor([1, 5, -3]), tensor([2, 4, -3])];
    expect(valuesOf(apply("minimum", [a, b], {}))).toEqual([1, 4, -3]);
    expect(valuesOf(apply("maximum", [a, b], {}))).toEqual([2, 5, -3]);
  });

  test("every unary row refuses the dtypes it does not accept", () => {
    const allowed: Record<(typeof unaryRows)[UnaryName]["accepts"], readonly DType[]> = {
      float: ["f32", "f16"],
      numeric: ["f32", "f16", "i32", "u32"],
      bool: ["bool"],
      "integer or bool": ["i32", "u32", "bool"],
    };
    for (const [name, { accepts, result }] of Object.entries(unaryRows)) {
      for (const dtype of ["f32", "f16", "i32", "u32", "bool"] as const) {
        const call = (): unknown => primitives[name as UnaryName].infer([{ shape: [2], dtype }], noParams);
        if (allowed[accepts].includes(dtype)) expect(call()).toEqual({ shape: [2], dtype: result ?? dtype });
        else expect(call).toThrow(`${name}: x must be`);
      }
    }
  });

  test("binary operands agree in dtype and shape", () => {
    const a = input([2, 3], "f32");
    expect(() => apply("add", [a, input([2, 3], "i32")], {})).toThrow(
      "add: operands must have one dtype, got f32 [2,3] and i32 [2,3]; cast first",
    );
    expect(() => apply("add", [a, input([3], "f32")], {})).toThrow(
      "add: operands must have one shape, got f32 [2,3] and f32 [3]; broadcastTo first",
    );
    expect(() => apply("and", [a, a], {})).toThrow(
      "and: a must be integer or bool, got f32 [2,3]; cast first",
    );
    expect(() => apply("add", [a], {})).toThrow("add: expected operands (a, b), got 1");
    expect(apply("lt", [a, a], {}).dtype).toBe("bool");
  });
});

describe("leaves", () => {
  test("threefry2x32 gives the known answers of Random123", () => {
    expect(threefry2x32([0, 0], [0, 0])).toEqual([0x6b200159, 0x99ba4efe]);
    expect(threefry2x32([0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff])).toEqual([
      0x1cb996fc, 0xbb002be7,
    ]);
    expect(threefry2x32([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3])).toEqual([
      0xc4923a9c, 0x483df7a0,
    ]);
  });

  test("randomBits lays the words of successive counters out in order", () => {
    const key = ints([0x13198a2e, 0x03707344], "u32");
    const bits = valuesOf(apply("randomBits", [key, ints([0xffffffff, 7], "u32")], { shape: [5] }));
    const words = [0xffffffff, 0, 1].flatMap((low) => threefry2x32([0x13198a2e, 0x03707344], [low, 7]));
    expect(bits).toEqual(words.slice(0, 5));
  });

  test("iota counts along its axis", () => {
    expect(valuesOf(apply("iota", [], { axis: 1, shape: [2, 3, 2], dtype: "i32" }))).toEqual([
      0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2,
    ]);
  });

  test("values that their dtype cannot hold and shapes that do not exist are refused", () => {
    const full = (value: number, dtype: DType, shape = [1]): Tensor =>
      apply("full", [], { value, shape, dtype });
    expect(() => full(0.5, "i32")).toThrow("full: 0.5 is not a value of dtype i32");
    expect(() => full(-1, "u32")).toThrow("full: -1 is not a value of dtype u32");
    expect(() => full(2, "bool")).toThrow("full: 2 is not a value of dtype bool");
    expect(() => full(1, "f32", [2, -1])).toThrow(
      "full: extents must be whole numbers of at least 0, got shape [2,-1]",
    );
    expect(() => apply("constant", [], { data: new Float32Array(3), shape: [2], dtype: "f32" })).toThrow(
      "constant: shape [2] has 2 elements, data has 3",
    );
    expect(() => apply("randomBits", [input([2], "i32"), input([2], "u32")], { shape: [1] })).toThrow(
      "randomBits: key must be u32 [2], or [...rows,2] as key and counter both, got i32 [2]",
    );
    expect(() => apply("input", [], {})).toThrow("input: has no shape rule");
  });
});

describe("cast", () => {
  const cast = (data: number[], from: DType, to: DType): number[] =>
    valuesOf(apply("cast", [tensor(data, { dtype: from })], { dtype: to }));

  test("floats truncate and saturate", () => {
    expect(cast([1.9, -1.9, 3e9, -3e9, Number.NaN], "f32", "i32")).toEqual([
      1,
      -1,
      2 ** 31 - 1,
      -(2 ** 31),
      0,
    ]);
    expect(cast([-1, 5e9, 7.5], "f32", "u32")).toEqual([0, 2 ** 32 - 1, 7]);
  });

  test("integers keep their bits, non-zero is true", () => {
    expect(cast([-1], "i32", "u32")).toEqual([2 ** 32 - 1]);
    expect(cast([2 ** 32 - 1], "u32", "i32")).toEqual([-1]);
    expect(cast([0, 2, -3], "i32", "bool")).toEqual([0, 1, 1]);
    expect(cast([0, 1], "bool", "f32")).toEqual([0, 1]);
  });
});

describe("shape rules", () => {
  const x = input([2, 3, 4], "f32");
  const cases: readonly (readonly [string, () => unknown, string])[] = [
    [
      "sum",
      () => apply("sum", [x], { axes: [1, 0] }),
      "sum: axes must ascend within 0 to 2, got [1,0] for x [2,3,4]",
    ],
    [
      "sum of bool",
      () => apply("sum", [input([2], "bool")], { axes: [0] }),
      "sum: x must be numeric, got bool [2]; cast first",
    ],
    [
      "reshape",
      () => apply("reshape", [x], { shape: [5, 5] }),
      "reshape: x [2,3,4] has 24 elements, shape [5,5] has 25",
    ],
    [
      "broadcast",
      () => apply("broadcast", [x], { shape: [2, 3, 5] }),
      "broadcast: x [2,3,4] does not stretch to [2,3,5]",
    ],
    [
      "transpose",
      () => apply("transpose", [x], { permutation: [0, 1, 1] }),
      "transpose: permutation must name each axis of x [2,3,4] once, got [0,1,1]",
    ],
    [
      "slice",
      () => apply("slice", [x], { start: [0, 0, 4], stop: [2, 3, 3], step: [1, 1, 1] }),
      "slice: range 4 to 3 on axis 2 is not one of x [2,3,4]",
    ],
    [
      "slice step",
      () => apply("slice", [x], { start: [0, 0, 0], stop: [2, 3, 4], step: [1, 0, 1] }),
      "slice: step must be integers of at least 1, got [1,0,1] for x [2,3,4]",
    ],
    [
      "pad interior",
      () => apply("pad", [x], { low: [0, 0, 0], high: [0, 0, 0], interior: [0, 1, 0], mode: "edge" }),
      'pad: interior padding needs mode "zero", got "edge" for x [2,3,4]',
    ],
    [
      "flip",
      () => apply("flip", [x], { axes: [3] }),
      "flip: axes must ascend within 0 to 2, got [3] for x [2,3,4]",
    ],
    [
      "concat",
      () => apply("concat", [x, input([2, 4, 4], "f32")], { axis: 0 }),
      "concat: shapes must agree except on axis 0, got f32 [2,3,4] and f32 [2,4,4]",
    ],
    [
      "concat dtype",
      () => apply("concat", [x, input([2, 3, 4], "i32")], { axis: 0 }),
      "concat: operands must have one dtype, got f32 [2,3,4] and i32 [2,3,4]; cast first",
    ],
    [
      "gather",
      () => apply("gather", [x, input([2], "f32")], { axis: 0 }),
      "gather: indices must be i32 or u32, got f32 [2]; cast first",
    ],
    [
      "scatterAdd",
      () => apply("scatterAdd", [x, input([5], "i32")], { axis: 1, size: 9 }),
      "scatterAdd: updates must have the shape of indices from axis 1 on, got updates [2,3,4], indices [5]",
    ],
    [
      "matmul",
      () => apply("matmul", [x, input([2, 5, 4], "f32")], {}),
      "matmul: a has 4 columns, b has 5 rows (f32 [2,3,4] and f32 [2,5,4])",
    ],
    [
      "matmul batch",
      () => apply("matmul", [x, input([3, 4, 4], "f32")], {}),
      "matmul: expected a [...batch,M,K] and b [...batch,K,N] of one batch shape, got f32 [2,3,4] and f32 [3,4,4]",
    ],
    [
      "matmul of integers",
      () => apply("matmul", [input([2, 2], "i32"), input([2, 2], "i32")], {}),
      "matmul: a must be floating point, got i32 [2,2]; cast first",
    ],
    [
      "select",
      () => apply("select", [x, x, x], {}),
      "select: condition must be bool, got f32 [2,3,4]; cast first",
    ],
  ];
  test.each(cases)("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe("convolution rules", () => {
  const params: ConvParams = {
    stride: [1, 1],
    padding: [
      [0, 0],
      [0, 0],
    ],
    dilation: [1, 1],
    groups: 1,
  };
  const x = input([1, 8, 8, 3], "f32");

  test("channels", () => {
    expect(() => apply("conv2d", [x, input([3, 3, 4, 16], "f32")], params)).toThrow(
      "conv2d: x has 3 channels, weight expects 4 (x [1,8,8,3], weight [3,3,4,16], y [1,6,6,16], groups 1)",
    );
    expect(() => apply("conv2d", [x, input([3, 3, 1, 16], "f32")], { ...params, groups: 3 })).toThrow(
      "conv2d: 16 output channels do not divide into 3 groups",
    );
    expect(() =>
      apply("convTranspose2d", [input([1, 6, 6, 8], "f32"), input([3, 3, 4, 16], "f32")], {
        ...params,
        outputSize: [8, 8],
      }),
    ).toThrow("convTranspose2d: y has 8 channels, weight expects 16 (y [1,6,6,8], weight [3,3,4,16])");
  });

  test("extents", () => {
    expect(() => apply("conv2d", [x, input([9, 3, 3, 16], "f32")], params)).toThrow(
      "conv2d: the kernel does not fit into the padded input on axis 1",
    );
    expect(() =>
      apply("convTranspose2d", [input([1, 6, 6, 16], "f32"), input([3, 3, 4, 16], "f32")], {
        ...params,
        outputSize: [9, 8],
      }),
    ).toThrow("convTranspose2d: y has extent 6 on axis 1, the geometry gives 7");
    expect(() =>
      apply("conv2dWeightGradient", [x, input([1, 6, 5, 16], "f32")], { ...params, kernelSize: [3, 3] }),
    ).toThrow("conv2dWeightGradient: y has extent 5 on axis 2, the geometry gives 6");
  });

  test("ranks and geometry", () => {
    expect(() => apply("conv2d", [input([8, 8, 3], "f32"), x], params)).toThrow(
      "conv2d: expected x [N,H,W,C] and weight [KH,KW,Cin/groups,Cout], got f32 [8,8,3] and f32 [1,8,8,3]",
    );
    expect(() => apply("conv2d", [x, input([3, 3, 3, 16], "f32")], { ...params, stride: [0, 1] })).toThrow(
      "conv2d: stride [0,1], dilation [1,1] and groups 1 must be integers of at least 1",
    );
  });
});
