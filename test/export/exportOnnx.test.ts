import { customVjp } from "@clidim/autograd";
import { exportOnnx, type ModelInput, OpenSizeError } from "@clidim/export";
import { InputError } from "@clidim/imaging";
import * as tensors from "@clidim/tensor";
import { apply, type PrimitiveName, type Tensor, tensor } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { imported, interpreted, noise, relativeDifference, runOnnx, type Values } from "./runOnnx.js";

interface Case {
  readonly f: (...inputs: Tensor[]) => Tensor;
  /** Shapes of the f32 inputs; "h" and "w" are open. Default: one image [1,h,w,3]. */
  readonly shapes?: readonly (readonly (number | "h" | "w")[])[];
  /** Makes the numbers of an input. */
  readonly values?: (length: number, seed: number) => Float32Array;
}

const image = ["h", "w"] as const;
const unary = (f: (x: Tensor) => Tensor, values?: Case["values"]): Case => ({
  f,
  shapes: [image],
  ...(values && { values }),
});
const binary = (f: (x: Tensor, y: Tensor) => Tensor, values?: Case["values"]): Case => ({
  f: (x, y) => f(x!, y!),
  // The second is stretched.
  shapes: [image, [1, "w"]],
  ...(values && { values }),
});
const above = (length: number, seed: number): Float32Array =>
  noise(length, seed).map((value) => 0.01 + 2 * Math.abs(value));
const wide = (length: number, seed: number): Float32Array => noise(length, seed).map((value) => 4 * value);
const halves = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => (i % 9) / 2 - 2);
const special = (length: number): Float32Array =>
  Float32Array.from(
    { length },
    (_, i) => [1, Number.NaN, Number.POSITIVE_INFINITY, -2, Number.NEGATIVE_INFINITY][i % 5]!,
  );
/** As 0 and 1, which runtimes give out. */
const number = (x: Tensor): Tensor => tensors.cast(x, "f32");
const positive = (x: Tensor): Tensor => tensors.gt(x, 0);
const weights = (...shape: number[]): Tensor => tensor(noise(shape.reduce((a, b) => a * b)), { shape });
const convolution = {
  stride: [2, 1],
  padding: [
    [1, 2],
    [0, 3],
  ],
  dilation: [1, 2],
  groups: 1,
} as const;

/** A function that has each primitive in its graph, on values that change when the model runs; or why there is none. */
const cases: { readonly [P in PrimitiveName]: Case | RegExp } = {
  input: { f: (x) => x!, shapes: [image] },
  constant: { f: (x) => tensors.add(x!, tensor(noise(3), { shape: [3] })) },
  full: {
    f: (x) => tensors.concat([tensors.full([1, 2, 3, 3], 7), tensors.slice(x!, [0, 0, 0], [1, 2, 3])], 1),
  },
  iota: /iota .*counts positions/,
  randomBits: /randomBits .*draws numbers/,
  select: binary((x, y) => tensors.where(positive(x), x, y)),
  cast: unary((x) => tensors.cast(tensors.cast(x, "i32"), "f32"), wide),
  sum: { f: (x) => tensors.sum(x!, [1, 3]) },
  max: { f: (x) => tensors.max(x!, [0, 2]) },
  prod: { f: (x) => tensors.prod(x!, [3]) },
  reshape: { f: (x) => tensors.reshape(x!, [1, x!.shape[1]! / 2, 2, x!.shape[2]!, 3]) },
  broadcast: { f: (x) => tensors.broadcastTo(tensors.sum(x!, [1], { keepDims: true }), x!.shape) },
  transpose: { f: (x) => tensors.add(tensors.transpose(x!, [3, 0, 2, 1]), 1) },
  slice: { f: (x) => tensors.slice(x!, [0, 1, 2, 1], [1, x!.shape[1]!, x!.shape[2]! - 1, 3], [1, 1, 2, 1]) },
  pad: {
    f: (x) =>
      tensors.pad(
        x!,
        [
          [0, 0],
          [1, 2],
          [3, 0],
          [0, 0],
        ],
        "reflect",
      ),
  },
  flip: { f: (x) => tensors.flip(x!, [1, 3]) },
  concat: { f: (x) => tensors.concat([x!, tensors.mul(x!, 2)], 3) },
  gather: { f: (x) => tensors.take(x!, tensor(new Int32Array([2, 0, 0]), { shape: [3], dtype: "i32" }), 3) },
  argsort: /argsort .*order of their own/,
  arrange: /argsort .*order of their own/,
  fft: {
    f: (x) => {
      // The first axis is one of a transform as well.
      const { real, imag } = tensors.ifft(tensors.fft(tensors.squeeze(x!, 0), { axis: 0 }), { axis: 2 });
      return tensors.add(real, tensors.mul(imag, 2));
    },
  },
  // A graph that is simplified has comparisons of positions in its place.
  scatterAdd: /iota .*counts positions/,
  matmul: {
    f: (x, y) => tensors.matmul(x!, y!),
    shapes: [
      ["h", 5],
      [5, "w"],
    ],
  },
  conv2d: { f: (x) => apply("conv2d", [x!, weights(3, 2, 3, 4)], convolution) },
  convTranspose2d: {
    f: (y) =>
      apply("convTranspose2d", [y!, weights(4, 4, 2, 3)], {
        stride: [2, 2],
        padding: [
          [1, 1],
          [1, 1],
        ],
        dilation: [1, 1],
        groups: 1,
        outputSize: [2 * y!.shape[1]! + 1, 2 * y!.shape[2]!],
      }),
  },
  conv2dWeightGradient: /conv2dWeightGradient .*gradient/,
  scan: /scan .*loop over a graph/,
  cond: /cond .*choice between graphs/,
  whileLoop: /whileLoop .*loop over a graph/,
  result: /scan .*loop over a graph/,
  kernel: /kernel .*kernel of WGSL/,
  identity: unary((x) => apply("identity", [x], {})),
  stopGradient: unary((x) => tensors.stopGradient(x)),
  barrier: unary((x) => apply("barrier", [x], { id: 1 })),
  customVjp: unary(
    customVjp(
      (x: Tensor) => tensors.mul(x, x),
      (gradient: Tensor) => [gradient],
    ) as (x: Tensor) => Tensor,
  ),
  neg: unary(tensors.neg),
  abs: unary(tensors.abs),
  sign: unary(tensors.sign),
  floor: unary(tensors.floor, wide),
  ceil: unary(tensors.ceil, wide),
  round: unary(tensors.round, halves),
  trunc: unary(tensors.trunc, wide),
  isnan: unary((x) => number(tensors.isnan(x)), special),
  isinf: unary((x) => number(tensors.isinf(x)), special),
  isfinite: unary((x) => number(tensors.isfinite(x)), special),
  sqrt: unary(tensors.sqrt, above),
  exp: unary(tensors.exp),
  expm1: unary(tensors.expm1, (length) => noise(length).map((value) => 1e-4 * value)),
  log: unary(tensors.log, above),
  log2: unary(tensors.log2, above),
  sin: unary(tensors.sin, wide),
  cos: unary(tensors.cos, wide),
  asin: unary(tensors.asin),
  acos: unary(tensors.acos),
  atan: unary(tensors.atan, wide),
  tanh: unary(tensors.tanh, wide),
  sigmoid: unary(tensors.sigmoid, wide),
  erf: unary(tensors.erf, wide),
  erfc: /erfc .*1 - erf loses/,
  not: unary((x) => number(apply("not", [positive(x)], {}))),
  add: binary(tensors.add),
  sub: binary(tensors.sub),
  mul: binary(tensors.mul),
  div: binary(tensors.div, above),
  rem: binary(tensors.rem, wide),
  pow: binary(tensors.pow, above),
  minimum: binary(tensors.minimum),
  maximum: binary(tensors.maximum),
  eq: binary((x, y) => number(tensors.eq(x, y)), halves),
  ne: binary((x, y) => number(tensors.ne(x, y)), halves),
  lt: binary((x, y) => number(tensors.lt(x, y)), halves),
  le: binary((x, y) => number(tensors.le(x, y)), halves),
  gt: binary((x, y) => number(tensors.gt(x, y)), halves),
  ge: binary((x, y) => number(tensors.ge(x, y)), halves),
  and: binary((x, y) => number(apply("and", [positive(x), positive(tensors.broadcastTo(y, x.shape))], {}))),
  or: binary((x, y) => number(apply("or", [positive(x), positive(tensors.broadcastTo(y, x.shape))], {}))),
  xor: binary((x, y) => number(apply("xor", [positive(x), positive(tensors.broadcastTo(y, x.shape))], {}))),
  shiftLeft: /shiftLeft .*unsigned/,
  shiftRight: /shiftRight .*unsigned/,
};

/** Of primitives that have no place in ONNX. */
const refused: { readonly [P in PrimitiveName]?: (x: Tensor) => Tensor } = {
  iota: (x) =>
    tensors.add(x, tensors.cast(tensors.reshape(tensors.arange(x.shape[1]!), [1, x.shape[1]!, 1, 1]), "f32")),
  randomBits: (x) => tensors.add(x, tensors.uniform(tensors.key(1), x.shape)),
  argsort: (x) => tensors.cast(tensors.argsort(x), "f32"),
  arrange: tensors.sort,
  scatterAdd: (x) =>
    apply("scatterAdd", [x, tensor(new Int32Array(3), { shape: [3], dtype: "i32" })], { axis: 3, size: 2 }),
  scan: (x) =>
    tensors.scan(
      (sum: Tensor, part: Tensor) => ({ carry: tensors.add(sum, part), y: undefined }),
      tensors.zeros(x.shape.slice(1)),
      x,
    ).carry,
  cond: (x) => tensors.cond(tensors.gt(tensors.sum(x), 0), tensors.exp, tensors.neg, x),
  whileLoop: (x) =>
    tensors.whileLoop((y: Tensor) => tensors.gt(tensors.sum(y), 1), tensors.tanh, x, { maxSteps: 3 }),
  kernel: (x) =>
    tensors.customKernel({
      name: "copy",
      wgsl: "fn main() {}",
      outputs: (y: tensors.Aval) => y,
      workgroups: () => 1,
      reference: (y) => y.data,
    })(x),
  result: (x) =>
    tensors.scan((sum: Tensor, part: Tensor) => ({ carry: sum, y: tensors.exp(part) }), tensors.zeros([]), x)
      .ys,
  conv2dWeightGradient: (x) =>
    apply("conv2dWeightGradient", [x, x], {
      stride: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
      dilation: [1, 1],
      groups: 1,
      kernelSize: [1, 1],
    }),
  erfc: tensors.erfc,
  shiftLeft: (x) => apply("shiftLeft", [tensors.cast(x, "i32"), tensors.cast(x, "i32")], {}),
  shiftRight: (x) => apply("shiftRight", [tensors.cast(x, "i32"), tensors.cast(x, "i32")], {}),
};

/** Sizes that a file is run at, neither of them one that the function was traced at. */
const sizes = [
  { h: 10, w: 6 },
  { h: 26, w: 34 },
];
const open = { h: { name: "height", multiple: 2 }, w: { name: "width", multiple: 2 } };
const inputsOf = (shapes: readonly (readonly (number | "h" | "w")[])[]): ModelInput[] =>
  shapes.map((shape, i) => ({
    name: `x${i}`,
    shape: shape.map((extent) => (typeof extent === "number" ? extent : open[extent])),
  }));
const pictures = [[1, "h", "w", 3]] as const;
const exported = (f: (...inputs: Tensor[]) => Tensor, shapes: NonNullable<Case["shapes"]> = pictures) =>
  exportOnnx((_none: Record<never, Tensor>, ...inputs: Tensor[]) => f(...inputs), {
    parameters: {},
    inputs: inputsOf(shapes),
    name: "test",
  });

describe("exportOnnx", () => {
  for (const [name, given] of Object.entries(cases)) {
    if (given instanceof RegExp) {
      it(`refuses ${name} with a reason`, async () => {
        const error: unknown = await exported((x) => refused[name as PrimitiveName]!(x!)).catch((e) => e);
        expect(error).toBeInstanceOf(InputError);
        expect((error as Error).message).toMatch(given);
      });
      continue;
    }
    it(`has ${name} for all sizes`, async () => {
      const { f, shapes = pictures, values = noise } = given;
      const bytes = await exported(f, shapes);
      for (const size of sizes) {
        const inputs = shapes.map((shape, i): Values => {
          const numbers = shape.map((extent) => (typeof extent === "number" ? extent : size[extent]));
          return {
            data: values(
              numbers.reduce((a, b) => a * b),
              i + 1,
            ),
            shape: numbers,
          };
        });
        const { output } = await runOnnx(bytes, Object.fromEntries(inputs.map((each, i) => [`x${i}`, each])));
        const expected = interpreted(f, inputs);
        expect(output!.shape).toEqual(expected.shape);
        expect(relativeDifference(output!.data, expected.data)).toBeLessThan(2e-6);
        const back = imported(bytes, inputs);
        expect(back.shape).toEqual(expected.shape);
        expect(relativeDifference(back.data, expected.data)).toBeLessThan(2e-6);
      }
    });
  }

  it("has e^x - 1, and ELU, of numbers of all sizes", async () => {
    const sizes = [0, 1e-30, 1e-6, 0.01, 0.7, 5, 20, 88.5, 89, 178, 179, 200, 1000, Number.POSITIVE_INFINITY];
    const data = Float32Array.of(...sizes, ...sizes.map((size) => -size), Number.NaN);
    const x = { data, shape: [data.length] };
    const functions: readonly [(x: Tensor) => Tensor, (x: number) => number][] = [
      [tensors.expm1, Math.expm1],
      [(y) => tensors.elu(y, 2), (y) => (y > 0 ? y : 2 * Math.expm1(y))],
    ];
    for (const [f, exact] of functions) {
      const bytes = await exportOnnx((_none: Record<never, Tensor>, y: Tensor) => f(y), {
        parameters: {},
        inputs: [{ name: "x", shape: x.shape }],
        name: "test",
      });
      const results = [
        (await runOnnx(bytes, { x })).output!.data,
        Float32Array.from(imported(bytes, [x]).data),
      ];
      for (const got of results) {
        data.forEach((at, i) => {
          const expected = Math.fround(exact(at));
          if (Number.isFinite(expected)) {
            expect(Math.abs(got[i]! - expected), `of ${at}`).toBeLessThanOrEqual(2e-6 * Math.abs(expected));
          } else expect(got[i], `of ${at}`).toBe(expected);
        });
      }
    }
  });

  it("holds what depends on parameters alone as it is used, and computes nothing of it", async () => {
    const bytes = await exportOnnx(
      ({ scale }: { scale: Tensor }, x: Tensor) => tensors.mul(x, tensors.exp(tensors.mul(scale, 2))),
      {
        parameters: { scale: tensor([0, 1]) },
        inputs: [{ name: "x", shape: [open.h, 2] }],
        name: "scaled",
      },
    );
    expect(new TextDecoder("latin1").decode(bytes)).not.toMatch(/Exp/);
    const x = { data: new Float32Array([1, 1, 2, 3, 4, 5, 6, 7]), shape: [4, 2] };
    const { output } = await runOnnx(bytes, { x });
    const e2 = Math.exp(2);
    expect(relativeDifference(output!.data, [1, e2, 2, 3 * e2, 4, 5 * e2, 6, 7 * e2])).toBeLessThan(1e-6);
  });

  it("exports for one size what it cannot for all", async () => {
    const mean = (x: Tensor): Tensor => tensors.sub(x, tensors.mean(x));
    await expect(exported((x) => mean(x!))).rejects.toThrow(OpenSizeError);
    const x = { data: noise(60), shape: [1, 4, 5, 3] };
    const bytes = await exportOnnx((_none: Record<never, Tensor>, image_: Tensor) => mean(image_), {
      parameters: {},
      inputs: [{ name: "x", shape: x.shape }],
      outputs: ["centred"],
      name: "test",
    });
    const { centred } = await runOnnx(bytes, { x });
    expect(relativeDifference(centred!.data, interpreted((t) => mean(t!), [x]).data)).toBeLessThan(1e-6);
  });

  it("says what is wrong with the names that it is given", async () => {
    const twice = [
      { name: "x", shape: [2] },
      { name: "x", shape: [2] },
    ];
    const sum = (_none: Record<never, Tensor>, a: Tensor, b: Tensor): Tensor => tensors.add(a, b);
    await expect(exportOnnx(sum, { parameters: {}, inputs: twice, name: "test" })).rejects.toThrow(
      "two inputs have the name x",
    );
    const pair = [
      { name: "x", shape: [2] },
      { name: "y", shape: [2] },
    ];
    const both = (none: Record<never, Tensor>, a: Tensor, b: Tensor): Tensor[] => [sum(none, a, b), a];
    for (const [inputs, outputs, message] of [
      [pair, ["z", "z"], "two outputs have the name z"],
      [pair, ["z", "x"], "an input and an output have the name x"],
      [pair, ["z", ""], "need names, got an empty one"],
      [[{ name: "", shape: [2] }, pair[1]!], ["z", "w"], "need names, got an empty one"],
    ] as const) {
      const given = { parameters: {}, inputs, outputs, name: "test" };
      await expect(exportOnnx(both, given)).rejects.toThrow(message);
    }
    const [first] = twice;
    const named = {
      parameters: {},
      inputs: [first!, { name: "y", shape: [2] }],
      outputs: ["a", "b"],
      name: "test",
    };
    await expect(exportOnnx(sum, named)).rejects.toThrow("returns 1 tensors, 2 names");
  });

  it("keeps names that inputs and outputs have out of those that it makes", async () => {
    const names = ["Mul_0", "weight_0", "constant_0"];
    const f = (_none: Record<never, Tensor>, a: Tensor, b: Tensor, c: Tensor): Tensor =>
      tensors.mul(tensors.add(tensors.mul(a, b), tensor(noise(20))), tensors.add(tensors.mul(c, 3), b));
    const bytes = await exportOnnx(f, {
      parameters: {},
      inputs: names.map((name) => ({ name, shape: [20] })),
      outputs: ["Add_0"],
      name: "test",
    });
    const values = names.map((_, i): Values => ({ data: noise(20, i + 2), shape: [20] }));
    const made = await runOnnx(bytes, Object.fromEntries(names.map((name, i) => [name, values[i]!])));
    const expected = interpreted((a, b, c) => f({}, a!, b!, c!), values).data;
    expect(relativeDifference(made.Add_0!.data, expected)).toBeLessThan(1e-6);
    expect(relativeDifference(imported(bytes, values).data, expected)).toBeLessThan(1e-6);
  });

  /** Of inputs of one size, by ONNX Runtime and read back. */
  const both = async (f: (x: Tensor) => Tensor, x: Values): Promise<ArrayLike<number>[]> => {
    const bytes = await exportOnnx((_none: Record<never, Tensor>, y: Tensor) => f(y), {
      parameters: {},
      inputs: [{ name: "x", shape: x.shape }],
      name: "test",
    });
    const { output } = await runOnnx(bytes, { x });
    const back = imported(bytes, [x]);
    expect([output!.shape, back.shape]).toEqual([f(tensors.zeros(x.shape)).shape, output!.shape]);
    return [output!.data, back.data];
  };

  it("reshapes what is empty", async () => {
    await both((x) => tensors.add(tensors.reshape(x, [3, 0]), 1), {
      data: new Float32Array(),
      shape: [0, 3],
    });
    await both((x) => tensors.add(tensors.reshape(x, [0, 7]), 1), {
      data: new Float32Array(),
      shape: [2, 0],
    });
  });

  it("gives 0 for the sign of NaN, as tensors do", async () => {
    const data = Float32Array.of(Number.NaN, -3, 0, 1e-40, Number.POSITIVE_INFINITY);
    for (const got of await both(tensors.sign, { data, shape: [5] })) {
      expect(Array.from(got, (value) => value + 0)).toEqual([0, -1, 0, 1, 1]);
    }
  });

  it("takes NaN for the same number at all sizes", async () => {
    const f = (x: Tensor): Tensor => tensors.isnan(tensors.where(positive(x), x, Number.NaN));
    const bytes = await exported((x) => number(f(x!)), [image]);
    const x = { data: Float32Array.of(1, -1, 2, 0), shape: [2, 2] };
    expect([...imported(bytes, [x]).data]).toEqual([0, 1, 0, 1]);
  });

  it("writes chains of operations that are longer than a stack is deep", async () => {
    const long = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < 4000; i++) y = tensors.add(tensors.mul(y, 0.5), x);
      return y;
    };
    const bytes = await exported((x) => long(x!), [[2]]);
    const x = { data: Float32Array.of(1, -3), shape: [2] };
    expect([...imported(bytes, [x]).data]).toEqual([2, -6]);
  });
});
