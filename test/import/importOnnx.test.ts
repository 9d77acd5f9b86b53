import { readFileSync } from "node:fs";
import { grad } from "@clidim/autograd";
import { importOnnx } from "@clidim/import";
import { compile, input, mean, square, type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { WasmExecutor } from "@clidim/tensor/wasm";
import { describe, expect, it } from "vitest";
import { type Before, type OneNode, onnxOf } from "./onnxOf.js";

const one = (node: Partial<OneNode> & Pick<OneNode, "op" | "inputs">): Uint8Array =>
  onnxOf({ opset: 17, attributes: {}, outputs: ["out0"], ...node });
const resnet = new Uint8Array(readFileSync(new URL("resnet.onnx", import.meta.url)));

describe("importOnnx", () => {
  it("names every operation that is not known", () => {
    expect(() => importOnnx(one({ op: "NonMaxSuppression", inputs: [[1]] }))).toThrow(
      /^importOnnx: the file has operations that are not known: NonMaxSuppression; known are Abs, Acos, Acosh, Add, /,
    );
    expect(() => importOnnx(one({ op: "Add", domain: "com.example", inputs: [[1], [1]] }))).toThrow(
      "operations that are not known: com.example.Add;",
    );
  });

  it.each([6, 22, 99])("refuses the operator set %d, whose operators may mean something else", (opset) => {
    expect(() => importOnnx(one({ op: "Relu", inputs: [[1]], opset }))).toThrow(
      `importOnnx: the file is of operator set ${opset}, known are 7 to 21; export the model with one of these`,
    );
  });

  it.each([7, 21])("takes the operator set %d", (opset) => {
    expect(importOnnx(one({ op: "Relu", inputs: [[1]], opset })).opset).toBe(opset);
  });

  it.each<[string, Parameters<typeof one>[0], RegExp]>([
    [
      "attributes of another kind",
      { op: "Concat", inputs: [[1]], attributes: { axis: "0" } },
      /Concat \(Concat 0\): axis is string, expected int/,
    ],
    [
      "texts that are not known",
      { op: "Pad", inputs: [[1]], attributes: { mode: "loop" } },
      /has no pads|mode is "loop", known are constant, reflect, edge, wrap/,
    ],
    [
      "axes that there are not",
      { op: "Concat", inputs: [[2, 3]], attributes: { axis: 2 } },
      /axis 2 is none of 2/,
    ],
    ["missing inputs", { op: "Expand", inputs: [[2, 3]] }, /Expand \(Expand 0\): input 1 is missing/],
    [
      "training",
      { op: "Dropout", inputs: [[2]], outputs: ["out0", "mask"] },
      /asks for its mask, which belongs to training/,
    ],
    [
      "statistics of each pixel",
      {
        op: "BatchNormalization",
        opset: 7,
        attributes: { spatial: 0 },
        inputs: [
          [1, 2, 1, 1],
          [2, 1, 1],
          [2, 1, 1],
          [2, 1, 1],
          [2, 1, 1],
        ],
      },
      /BatchNormalization \(BatchNormalization 0\): spatial is 0, known is 1/,
    ],
    [
      "extents that no window reaches",
      {
        op: "ConvTranspose",
        inputs: [
          [1, 1, 2, 3],
          [1, 1, 1, 1],
        ],
        attributes: { strides: [2, 2], output_shape: [4, 7] },
      },
      /output_shape is \[4,7\], which is 1 and 2 beyond the windows, expected less than the strides \[2,2\]/,
    ],
    [
      "more numbers than there can be positions",
      {
        op: "Range",
        inputs: [
          { type: "f32", shape: [], data: [0] },
          { type: "f32", shape: [], data: [1e9] },
          { type: "f32", shape: [], data: [1] },
        ],
      },
      /asks for 1000000000 numbers/,
    ],
  ])("says what is wrong with a node: %s", (_, node, message) => {
    const { apply, parameters, inputs } = importOnnx(one(node));
    const values = inputs.map(({ shape }) =>
      tensor(
        new Float32Array(6).slice(
          0,
          shape!.reduce<number>((a, b) => a * Number(b), 1),
        ),
        { shape: shape!.map(Number) },
      ),
    );
    expect(() => apply(parameters, ...values)).toThrow(message);
  });

  it("wants shapes that do not depend on values", () => {
    const { apply, parameters } = importOnnx(one({ op: "Reshape", inputs: [[2], [2]] }));
    expect(() => apply(parameters, input([2], "f32"), input([2], "f32"))).toThrow(
      /input 1 depends on the values that the model is given; shapes and positions have to be known before it runs/,
    );
  });

  it("computes sizes from floats that the file holds, which are parameters", async () => {
    // Twice as large, as PyTorch exports it: the extents as floats times a number, as whole numbers again.
    const lengths: Before = {
      op: "Cast",
      inputs: [{ op: "Shape", inputs: ["in0"], attributes: { start: 2 } }],
      attributes: { to: 1 },
    };
    const scaled: Before = { op: "Mul", inputs: [lengths, { type: "f32", shape: [], data: [2] }] };
    const whole: Before = {
      op: "Cast",
      inputs: [{ op: "Floor", inputs: [scaled] }],
      attributes: { to: 7 },
    };
    const sizes: Before = {
      op: "Concat",
      inputs: [{ type: "i64", data: [1, 1] }, whole],
      attributes: { axis: 0 },
    };
    const { apply, parameters } = importOnnx(
      one({
        op: "Resize",
        inputs: [[1, 1, 1, 2], undefined, undefined, sizes],
        attributes: { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
      }),
    );
    expect(Object.values(parameters).map(({ shape }) => shape)).toEqual([[]]);
    const x = tensor([3, 4], { shape: [1, 1, 1, 2] });
    const device = new WasmExecutor({ threads: 1 });
    const { out0 } = await compile(apply, { device })(parameters, x);
    expect(out0!.shape).toEqual([1, 1, 2, 4]);
    expect([...(await out0!.data())]).toEqual([3, 3, 4, 4, 3, 3, 4, 4]);
    // Once more, as the parameters are on the device now; and whatever is given for them.
    expect(apply(parameters, x).out0!.shape).toEqual([1, 1, 2, 4]);
    const others = Object.fromEntries(Object.keys(parameters).map((name) => [name, tensor(3)]));
    expect(apply(others, x).out0!.shape).toEqual([1, 1, 2, 4]);
  });

  it("takes each k-th element where a scale is 1/k, which no f32 is", () => {
    for (let k = 2; k <= 40; k++) {
      const extent = 4 * k;
      const given = [{ type: "f32" as const, data: [1, 1, 1, 1 / k] }];
      for (const [inputs, opset] of [[[undefined, ...given], 17] as const, [given, 10] as const]) {
        const attributes = {
          mode: "nearest",
          ...(opset > 10 && { coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" }),
        };
        const { apply, parameters } = importOnnx(
          one({ op: "Resize", opset, attributes, inputs: [[1, 1, 1, extent], ...inputs] }),
        );
        const x = tensor(
          Float32Array.from({ length: extent }, (_, i) => i),
          { shape: [1, 1, 1, extent] },
        );
        const [got] = interpret([apply(parameters, x).out0!]);
        expect([...got!], `1/${k}`).toEqual([0, k, 2 * k, 3 * k]);
      }
    }
  });

  it("keeps apart what sizes that are given make nearly whole", () => {
    // Output 3999 of 4000 lies at 3999.99975 of 4001.
    const [extent, size] = [4001, 4000];
    const { apply, parameters } = importOnnx(
      one({
        op: "Resize",
        inputs: [[extent], undefined, undefined, { type: "i64", data: [size] }],
        attributes: { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
      }),
    );
    const x = tensor(
      Float32Array.from({ length: extent }, (_, i) => i),
      { shape: [extent] },
    );
    expect([...interpret([apply(parameters, x).out0!])[0]!].slice(-2)).toEqual([3998, 3999]);
  });

  it("adds up without the element itself what does not cancel", () => {
    const data = [1, 1e9, Number.POSITIVE_INFINITY, 2];
    for (const [reverse, expected] of [
      [0, [0, 1, 1e9 + 1, Number.POSITIVE_INFINITY]],
      [1, [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 2, 0]],
    ] as const) {
      const { apply, parameters } = importOnnx(
        one({
          op: "CumSum",
          inputs: [[4], { type: "i64", shape: [], data: [0] }],
          attributes: { exclusive: 1, reverse },
        }),
      );
      expect([...interpret([apply(parameters, tensor(data)).out0!])[0]!]).toEqual(expected);
    }
  });

  it("says what inputs and parameters it takes", () => {
    const { apply, parameters } = importOnnx(resnet);
    const x = tensor(new Float32Array(3 * 32 * 32), { shape: [1, 3, 32, 32] });
    expect(() => apply(parameters)).toThrow(/: expected 1 inputs \(x\), got 0$/);
    expect(() => apply(parameters, tensor([1, 2]))).toThrow(
      /: the input x must be f32 \[batch,3,32,32\], got f32 \[2\]$/,
    );
    const { "head.bias": bias, ...others } = parameters;
    expect(() => apply(others, x)).toThrow(/: parameters lack head\.bias$/);
    expect(() => apply({ ...others, "head.bias": tensor([1]) }, x)).toThrow(
      /: the parameter head\.bias must be \[10\], got \[1\]$/,
    );
    expect(bias!.shape).toEqual([10]);
  });

  it("gives a function that can be trained further", () => {
    const { apply, parameters } = importOnnx(
      one({ op: "Mul", inputs: [[3], { type: "f32", data: [2, -1, 0.5] }] }),
    );
    const loss = (weights: Readonly<Record<string, Tensor>>, x: Tensor): Tensor =>
      mean(square(apply(weights, x).out0!));
    const { in1 } = grad(loss)(parameters, tensor([1, 2, 3]));
    // 2 w x^2 / 3.
    expect([...interpret([in1!])[0]!]).toEqual([4 / 3, -8 / 3, 3]);
  });

  it("refuses what is no ONNX file, and survives damaged ones", () => {
    for (const bytes of [
      new Uint8Array(),
      new Uint8Array(100).fill(255),
      new TextEncoder().encode("PK\u0003\u0004"),
    ]) {
      expect(() => importOnnx(bytes)).toThrow(
        /^importOnnx: expected the bytes of an \.onnx file, which these are not/,
      );
    }
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    let refused = 0;
    for (let round = 0; round < 300; round++) {
      const damaged = resnet.slice(0, round % 3 === 0 ? random(resnet.length) : undefined);
      for (let i = 0; i < 8; i++) damaged[random(damaged.length)] = random(256);
      try {
        importOnnx(damaged);
      } catch (error) {
        refused++;
        expect((error as Error).message).toMatch(/^importOnnx: /);
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
