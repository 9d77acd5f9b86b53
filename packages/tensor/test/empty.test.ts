import { valuesOf } from "@clidim/testing/values";
import { describe, expect, test } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import type { Shape, Tensor } from "../src/index.js";
import * as T from "../src/index.js";
import { settings } from "./against.js";
import { webgpu } from "./webgpu.js";

/** An argument: a value of the host, so that nothing is folded away. */
const ones = (...shape: number[]): Tensor => T.tensor(new Float32Array(T.sizeOf(shape)).fill(1), { shape });
const integers = (...values: number[]): Tensor => T.tensor(Int32Array.from(values));
const bools = (...shape: number[]): Tensor =>
  T.tensor(new Uint8Array(T.sizeOf(shape)).fill(1), { shape, dtype: "bool" });

/** Operations whose result has no elements, and its shape. */
const toNothing: Readonly<Record<string, readonly [() => Tensor, Shape]>> = {
  "tensor of a list": [() => T.tensor([[], []]), [2, 0]],
  "a result that is an argument": [() => ones(0, 2), [0, 2]],
  full: [() => T.full([0, 3], 7), [0, 3]],
  iota: [() => T.iota([2, 0], 0), [2, 0]],
  "arange of nothing": [() => T.arange(0), [0]],
  "arange that is over at once": [() => T.arange(5, 2), [0]],
  linspace: [() => T.linspace(0, 1, 0), [0]],
  eye: [() => T.eye(0), [0, 0]],
  uniform: [() => T.uniform(T.key(1), [0, 2]), [0, 2]],
  normal: [() => T.normal(T.key(1), [3, 0]), [3, 0]],
  permutation: [() => T.permutation(T.key(1), 0), [0]],
  exp: [() => T.exp(ones(2, 0)), [2, 0]],
  "add, stretched": [() => T.add(ones(0, 3), ones(1, 1)), [0, 3]],
  "add, an axis of 1 becomes 0": [() => T.add(ones(1, 3), ones(0, 1)), [0, 3]],
  "add of a number": [() => T.add(ones(0), 2), [0]],
  pow: [() => T.pow(ones(0), ones(0)), [0]],
  equal: [() => T.eq(ones(0), 1), [0]],
  where: [() => T.where(bools(0, 2), ones(2), 3), [0, 2]],
  cast: [() => T.cast(ones(0), "i32"), [0]],
  clip: [() => T.clip(ones(0), 0, 1), [0]],
  relu: [() => T.relu(ones(0)), [0]],
  "reshape, an extent to work out": [() => T.reshape(ones(0, 3), [-1, 6]), [0, 6]],
  transpose: [() => T.transpose(ones(2, 0, 3)), [3, 0, 2]],
  "slice of nothing": [() => T.slice(ones(4, 2), [1], [1]), [0, 2]],
  "slice of something empty": [() => T.slice(ones(0, 4), [0, 1], [0, 4], [1, 2]), [0, 2]],
  "pad beside": [
    () =>
      T.pad(ones(0, 2), [
        [0, 0],
        [1, 1],
      ]),
    [0, 4],
  ],
  "pad by reflection beside": [
    () =>
      T.pad(
        ones(0, 2),
        [
          [0, 0],
          [1, 1],
        ],
        "reflect",
      ),
    [0, 4],
  ],
  flip: [() => T.flip(ones(0, 2)), [0, 2]],
  roll: [() => T.roll(ones(3, 0), 1, 0), [3, 0]],
  "concat of nothing": [() => T.concat([ones(0, 2), ones(0, 2)], 0), [0, 2]],
  stack: [() => T.stack([ones(0), ones(0)], 0), [2, 0]],
  tile: [() => T.tile(ones(2, 3), [0, 2]), [0, 6]],
  repeat: [() => T.repeat(ones(2), 0, 0), [0]],
  take: [() => T.take(ones(4, 2), integers(), 0), [0, 2]],
  "take from nothing": [() => T.take(ones(0, 2), integers(), 0), [0, 2]],
  "scatterAdd into nothing": [() => T.scatterAdd(ones(0, 2), integers(), 0, 0), [0, 2]],
  oneHot: [() => T.oneHot(integers(), 3), [0, 3]],
  "sum of the other axis": [() => T.sum(ones(0, 3), 1), [0]],
  "max of the other axis": [() => T.max(ones(0, 3), 1), [0]],
  "argmax of the other axis": [() => T.argmax(ones(0, 3), 1), [0]],
  "prod of the other axis": [() => T.prod(ones(0, 3), 1), [0]],
  cumsum: [() => T.cumsum(ones(2, 0), 1), [2, 0]],
  sort: [() => T.sort(ones(2, 0)), [2, 0]],
  argsort: [() => T.argsort(ones(0)), [0]],
  fft: [() => T.fft(ones(0, 4)).real, [0, 4]],
  softmax: [() => T.softmax(ones(2, 0)), [2, 0]],
  logSoftmax: [() => T.logSoftmax(ones(0, 3)), [0, 3]],
  "matmul without rows": [() => T.matmul(ones(0, 3), ones(3, 2)), [0, 2]],
  "matmul without a batch": [() => T.matmul(ones(0, 2, 3), ones(3, 2)), [0, 2, 2]],
  "matmul without columns": [() => T.matmul(ones(2, 3), ones(3, 0)), [2, 0]],
  einsum: [() => T.einsum("ij,jk->ik", ones(0, 3), ones(3, 2)), [0, 2]],
  "conv2d without a batch": [() => T.conv2d(ones(0, 4, 4, 2), ones(3, 3, 2, 3)), [0, 2, 2, 3]],
  "conv2d without filters": [() => T.conv2d(ones(1, 4, 4, 2), ones(3, 3, 2, 0)), [1, 2, 2, 0]],
  convTranspose2d: [() => T.convTranspose2d(ones(0, 2, 2, 3), ones(3, 3, 2, 3)), [0, 4, 4, 2]],
  conv1d: [() => T.conv1d(ones(0, 5, 2), ones(3, 2, 4)), [0, 3, 4]],
  conv3d: [() => T.conv3d(ones(0, 3, 3, 3, 1), ones(2, 2, 2, 1, 2)), [0, 2, 2, 2, 2]],
  convTranspose1d: [() => T.convTranspose1d(ones(0, 5, 2), ones(3, 4, 2), { stride: 2 }), [0, 11, 4]],
  convTranspose3d: [() => T.convTranspose3d(ones(0, 3, 3, 3, 1), ones(2, 2, 2, 2, 1)), [0, 4, 4, 4, 2]],
  pixelShuffle: [() => T.pixelShuffle(ones(0, 2, 3, 4), 2), [0, 4, 6, 1]],
  avgPool2d: [() => T.avgPool2d(ones(0, 4, 4, 1), { kernel: 2 }), [0, 2, 2, 1]],
  maxPool2d: [() => T.maxPool2d(ones(0, 5, 5, 1), { kernel: 3, stride: 2, padding: 1 }), [0, 3, 3, 1]],
  resizeBilinear: [() => T.resizeBilinear(ones(0, 2, 2, 1), [3, 4]), [0, 3, 4, 1]],
  resizeNearest: [() => T.resizeNearest(ones(2, 2, 2, 0), [5, 4]), [2, 5, 4, 0]],
  "sampleBilinear of no image": [() => T.sampleBilinear(ones(0, 2, 2, 1), ones(0, 5, 2)), [0, 5, 1]],
  "sampleBilinear at no place": [() => T.sampleBilinear(ones(2, 2, 2, 1), ones(2, 0, 2)), [2, 0, 1]],
  tril: [() => T.tril(ones(0, 3)), [0, 3]],
};

/** Operations that make something of nothing: the shape, and every element of the result. */
const fromNothing: Readonly<Record<string, readonly [() => Tensor, Shape, number]>> = {
  sum: [() => T.sum(ones(0, 3)), [], 0],
  "sum over the empty axis": [() => T.sum(ones(0, 3), 0), [3], 0],
  "sum that keeps its axes": [() => T.sum(ones(2, 0), 1, { keepDims: true }), [2, 1], 0],
  prod: [() => T.prod(ones(3, 0), 1), [3], 1],
  "prod of all": [() => T.prod(ones(3, 0)), [], 1],
  mean: [() => T.mean(ones(0, 2), 0), [2], Number.NaN],
  variance: [() => T.variance(ones(0, 2), 0, { correction: 1 }), [2], Number.NaN],
  any: [() => T.any(bools(2, 0), 1), [2], 0],
  all: [() => T.all(bools(2, 0), 1), [2], 1],
  logSumExp: [() => T.logSumExp(ones(2, 0), 1), [2], Number.NEGATIVE_INFINITY],
  "matmul over nothing": [() => T.matmul(ones(2, 0), ones(0, 3)), [2, 3], 0],
  "matmul of vectors": [() => T.matmul(ones(0), ones(0)), [], 0],
  "einsum over nothing": [() => T.einsum("ij,kj->ik", ones(2, 0), ones(3, 0)), [2, 3], 0],
  "conv2d without channels": [() => T.conv2d(ones(1, 4, 4, 0), ones(3, 3, 0, 2)), [1, 2, 2, 2], 0],
  "convTranspose2d without channels": [
    () => T.convTranspose2d(ones(1, 2, 2, 0), ones(2, 2, 3, 0)),
    [1, 3, 3, 3],
    0,
  ],
  "conv2dWeightGradient without a batch": [
    () => T.conv2dWeightGradient(ones(0, 4, 4, 2), ones(0, 2, 2, 1), { kernelSize: [3, 3] }),
    [3, 3, 2, 1],
    0,
  ],
  "concat with empty ones": [() => T.concat([ones(0, 2), ones(2, 2), ones(0, 2)], 0), [2, 2], 1],
  "pad with zeros": [
    () =>
      T.pad(ones(0, 2), [
        [1, 2],
        [0, 0],
      ]),
    [3, 2],
    0,
  ],
  "pad with a value": [() => T.pad(ones(0), [[2, 1]], "constant", { value: 5 }), [3], 5],
  "scatterAdd of nothing": [() => T.scatterAdd(ones(0, 2), integers(), 0, 3), [3, 2], 0],
  "a quotient of sums": [() => T.div(T.sum(ones(0)), T.sum(ones(0))), [], Number.NaN],
  "what follows a reduction": [() => T.mul(T.add(T.sum(ones(3, 0), 1), ones(3)), 2), [3], 2],
};

describe("empty tensors", () => {
  test("have shapes, and no values, in every operation", () => {
    for (const [name, [build, shape]] of Object.entries(toNothing)) {
      const y = build();
      expect([name, y.shape, valuesOf(y)]).toEqual([name, shape, []]);
    }
  });

  test("make what the operation makes of nothing", () => {
    for (const [name, [build, shape, value]] of Object.entries(fromNothing)) {
      const y = build();
      expect([name, y.shape, valuesOf(y)]).toEqual([name, shape, new Array(T.sizeOf(shape)).fill(value)]);
    }
  });

  test.each(settings)("are the same on the device: %s", async (_name, setting) => {
    const build = (): Tensor[] =>
      [...Object.values(toNothing), ...Object.values(fromNothing)].map(([make]) => make());
    const expected = interpret(build());
    const outputs = build();
    await T.evaluate(outputs, setting);
    for (const [k, output] of outputs.entries()) {
      expect([...(await output.data())], output.toString()).toEqual([...expected[k]!]);
    }
  });

  test("are computed without a dispatch, and take no memory", async () => {
    const device = await webgpu();
    const f = (x: Tensor, weight: Tensor): Tensor[] => [
      T.relu(T.matmul(x, weight)),
      T.sum(x, 1),
      T.softmax(x),
      x,
      T.exp(x),
    ];
    const program = T.compile(f, { donate: [0], device });
    const before = device.stats().dispatches;
    const results = await program(ones(0, 3), ones(3, 2));
    expect(results.map(({ shape }) => shape)).toEqual([[0, 2], [0], [0, 3], [0, 3], [0, 3]]);
    for (const result of results) expect((await result.data()).length).toBe(0);
    expect(device.stats().dispatches).toBe(before);
    const memory = await T.memoryAnalysis(f, { device })(ones(0, 3), ones(3, 2));
    expect([memory.outputBytes, memory.temporaryBytes]).toEqual([0, 0]);
  });

  test("are found finite", async () => {
    const halve = T.compile((x: Tensor) => T.mul(x, 0.5), { debug: { nan: true } });
    expect((await halve(ones(0, 2))).shape).toEqual([0, 2]);
  });

  test("one program serves one shape, empty or not", async () => {
    const total = T.compile((x: Tensor) => T.sum(T.add(x, 1), 0));
    expect([...(await (await total(ones(2, 3))).data())]).toEqual([4, 4, 4]);
    expect([...(await (await total(ones(0, 3))).data())]).toEqual([0, 0, 0]);
    expect([...(await (await total(ones(2, 3))).data())]).toEqual([4, 4, 4]);
  });

  test("have files", () => {
    const x = { dtype: "f32", shape: [0, 3], data: new Float32Array(0) } as const;
    const { tensors } = T.readSafetensors(T.writeSafetensors({ x, y: { ...x, shape: [2, 0] } }));
    expect([tensors.x, tensors.y]).toEqual([x, { ...x, shape: [2, 0] }]);
    expect(T.readNpy(T.writeNpy(x))).toEqual(x);
    expect(T.readNpz(T.writeNpz({ x }))).toEqual({ x });
    expect(T.tensor(x.data, x).shape).toEqual([0, 3]);
  });

  test("are refused where nothing has no meaning", () => {
    const refused: readonly (readonly [() => unknown, string])[] = [
      [() => T.max(ones(0, 3), 0), "max: axis 0 of x [0,3] has no elements"],
      [() => T.max(ones(0)), "max: axis 0 of x [0] has no elements"],
      [() => T.min(ones(3, 0), -1), "min: axis 1 of x [3,0] has no elements"],
      [() => T.argmax(ones(0, 3)), "argmax: axis 0 of x [0] has no elements"],
      [() => T.argmin(ones(0, 3), 0), "argmin: axis 0 of x [0,3] has no elements"],
      [() => T.take(ones(0, 2), integers(0), 0), "take: the axis has extent 0"],
      [() => T.scatterAdd(ones(1, 2), integers(0), 0, 0), "scatterAdd: the axis has extent 0"],
      [() => T.pad(ones(0), [[1, 0]], "edge"), "pad: axis 0 of x [0] has no edge to repeat"],
      [() => T.pad(ones(0), [[1, 0]], "reflect"), "pad: reflect needs widths below the extent"],
      [() => T.reshape(ones(0, 3), [0, -1]), "reshape: cannot work out -1 in [0,-1] for x [0,3]"],
      [() => T.reshape(ones(2), [0]), "reshape: x [2] has 2 elements, shape [0] has 0"],
      [() => T.add(ones(0), ones(2)), "add: shapes [0] and [2] do not broadcast"],
      [() => T.slice(ones(3), [2], [1]), "slice: 2 to 1 on axis 0 is not a range"],
      [() => T.conv2d(ones(1, 4, 4, 1), ones(0, 3, 1, 1)), "conv2d: a kernel has at least one tap"],
      [() => T.maxPool2d(ones(1, 0, 4, 1), { kernel: 2 }), "maxPool2d: kernel [2,2] exceeds the image"],
      [() => T.resizeNearest(ones(1, 0, 4, 1), [2, 2]), "resizeNearest: there is nothing to interpolate"],
      [() => T.full([-1], 0), "full: extents must be whole numbers of at least 0, got shape [-1]"],
    ];
    for (const [f, message] of refused) expect(f).toThrow(message);
  });
});
