import { valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import * as ops from "../src/ops/index.js";
import { type Shape, sizeOf, stridesOf } from "../src/shape.js";
import type { Tensor } from "../src/tensor.js";

const { tensor } = ops;

/** 0, 1, 2, ... in `shape`: the value is the position. */
const counting = (shape: Shape): Tensor => ops.reshape(ops.arange(sizeOf(shape)), shape);

/** The elements whose index `f` maps from each index of `shape`. */
function picked(from: Shape, shape: Shape, f: (index: readonly number[]) => readonly number[]): number[] {
  const strides = stridesOf(shape);
  return Array.from({ length: sizeOf(shape) }, (_, position) => {
    const index = shape.map((extent, axis) => Math.floor(position / strides[axis]!) % extent);
    return stridesOf(from).reduce((sum, stride, axis) => sum + stride * f(index)[axis]!, 0);
  });
}

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });

describe("reshape", () => {
  test("works out one extent", () => {
    expect(ops.reshape(counting([2, 6]), [3, -1]).shape).toEqual([3, 4]);
    expect(ops.reshape(counting([1]), []).shape).toEqual([]);
    expect(() => ops.reshape(counting([2, 6]), [5, -1])).toThrow(
      "reshape: cannot work out -1 in [5,-1] for x [2,6]",
    );
    expect(() => ops.reshape(counting([2, 6]), [-1, -1])).toThrow("reshape: cannot work out -1 in [-1,-1]");
    expect(() => ops.reshape(counting([2, 6]), [13])).toThrow(
      "reshape: x [2,6] has 12 elements, shape [13] has 13",
    );
  });

  test("squeeze and expandDims", () => {
    const x = counting([1, 3, 1, 2]);
    expect(ops.squeeze(x).shape).toEqual([3, 2]);
    expect(ops.squeeze(x, -2).shape).toEqual([1, 3, 2]);
    expect(() => ops.squeeze(x, 1)).toThrow("squeeze: axis 1 must have extent 1, got 3 in x [1,3,1,2]");
    expect(ops.expandDims(counting([2, 3]), 0).shape).toEqual([1, 2, 3]);
    expect(ops.expandDims(counting([2, 3]), -1).shape).toEqual([2, 3, 1]);
  });
});

describe("transpose", () => {
  test("moves each element to its permuted index", () => {
    const shapeAndPermutation = shapes.chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.shuffledSubarray([...shape.keys()], { minLength: shape.length, maxLength: shape.length }),
      ),
    );
    fc.assert(
      fc.property(shapeAndPermutation, ([shape, permutation]) => {
        const y = ops.transpose(counting(shape), permutation);
        expect(y.shape).toEqual(permutation.map((axis) => shape[axis]));
        const back = (index: readonly number[]): number[] =>
          shape.map((_, axis) => index[permutation.indexOf(axis)]!);
        expect(valuesOf(y)).toEqual(picked(shape, y.shape, back));
      }),
    );
  });

  test("reverses the axes by default", () => {
    expect(valuesOf(ops.transpose(counting([2, 3])))).toEqual([0, 3, 1, 4, 2, 5]);
    expect(valuesOf(ops.transpose(counting([2, 3]), [-1, 0]))).toEqual([0, 3, 1, 4, 2, 5]);
    expect(() => ops.transpose(counting([2, 3]), [0])).toThrow(
      "transpose: permutation must name each axis of x [2,3] once",
    );
  });
});

describe("slice", () => {
  const sliced = shapes.chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.tuple(
        ...shape.map((extent) =>
          fc
            .tuple(fc.nat({ max: extent - 1 }), fc.nat({ max: extent - 1 }), fc.integer({ min: 1, max: 3 }))
            .map(([a, b, step]) => ({ start: Math.min(a, b), stop: Math.max(a, b) + 1, step })),
        ),
      ),
    ),
  );

  test("takes the elements of its ranges", () => {
    fc.assert(
      fc.property(sliced, ([shape, ranges]) => {
        const y = ops.slice(
          counting(shape),
          ranges.map((r) => r.start),
          ranges.map((r) => r.stop),
          ranges.map((r) => r.step),
        );
        const extents = ranges.map(({ start, stop, step }) => {
          let count = 0;
          for (let i = start; i < stop; i += step) count++;
          return count;
        });
        expect(y.shape).toEqual(extents);
        expect(valuesOf(y)).toEqual(
          picked(shape, y.shape, (index) =>
            index.map((i, axis) => ranges[axis]!.start + i * ranges[axis]!.step),
          ),
        );
      }),
    );
  });

  test("negative bounds count from the end, further axes stay whole", () => {
    expect(valuesOf(ops.slice(counting([3, 2]), [-2], [-1]))).toEqual([2, 3]);
    expect(valuesOf(ops.slice(counting([5]), [-3], [5], [2]))).toEqual([2, 4]);
    expect(() => ops.slice(counting([3]), [0], [4])).toThrow(
      "slice: 0 to 4 on axis 0 is not a range within extent 3 of x [3]; use 0 <= start <= stop <= extent, negative bounds counting from the end",
    );
    expect(() => ops.slice(counting([3]), [-4], [3])).toThrow(
      "slice: -4 to 3 on axis 0 is not a range within extent 3 of x [3]",
    );
    expect(() => ops.slice(counting([3]), [0, 0], [1])).toThrow("slice: start and stop need one entry");
  });

  test("pieces of chunk concatenate to the whole", () => {
    const pieces = fc.tuple(
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 0, max: 2 }),
    );
    fc.assert(
      fc.property(pieces, ([sizes, axis]) => {
        const x = counting(
          [2, 3, 2].with(
            axis,
            sizes.reduce((sum, size) => sum + size, 0),
          ),
        );
        const parts = ops.chunk(x, sizes, axis);
        expect(parts.map((part) => part.shape[axis])).toEqual(sizes);
        expect(valuesOf(ops.concat(parts, axis))).toEqual(valuesOf(x));
      }),
    );
    expect(ops.chunk(counting([6, 2]), 3, 0).map(valuesOf)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10, 11],
    ]);
    expect(() => ops.chunk(counting([6]), 4, 0)).toThrow(
      "chunk: 4 does not divide extent 6 of axis 0 of x [6]",
    );
    expect(() => ops.chunk(counting([6]), [4, 3], 0)).toThrow("chunk: [4,3] does not divide extent 6");
    expect(() => ops.chunk(counting([6]), 0, 0)).toThrow("chunk: 0 does not divide");
  });
});

describe("pad", () => {
  test("zero, reflect and edge", () => {
    const x = tensor([1, 2, 3]);
    expect(valuesOf(ops.pad(x, [[2, 1]]))).toEqual([0, 0, 1, 2, 3, 0]);
    expect(valuesOf(ops.pad(x, [[2, 1]], "reflect"))).toEqual([3, 2, 1, 2, 3, 2]);
    expect(valuesOf(ops.pad(x, [[2, 1]], "edge"))).toEqual([1, 1, 1, 2, 3, 3]);
  });

  test("several axes", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(
      valuesOf(
        ops.pad(
          x,
          [
            [1, 0],
            [0, 1],
          ],
          "reflect",
        ),
      ),
    ).toEqual([3, 4, 3, 1, 2, 1, 3, 4, 3]);
    expect(
      valuesOf(
        ops.pad(x, [
          [1, 0],
          [0, 1],
        ]),
      ),
    ).toEqual([0, 0, 0, 1, 2, 0, 3, 4, 0]);
  });

  test("slicing the inside out again gives x in every mode", () => {
    const widths = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 })), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(
        widths,
        fc.constantFrom("zero" as const, "reflect" as const, "edge" as const),
        (around, mode) => {
          const x = counting([3, 4]);
          const padded = ops.pad(x, around, mode);
          const low = around.map(([l]) => l);
          const inside = ops.slice(padded, low, [low[0]! + 3, low[1]! + 4]);
          expect(valuesOf(inside)).toEqual(valuesOf(x));
        },
      ),
    );
  });

  test("a constant", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const padded = ops.pad(
      x,
      [
        [1, 0],
        [0, 1],
      ],
      "constant",
      { value: -7 },
    );
    expect([padded.shape, valuesOf(padded)]).toEqual([
      [3, 3],
      [-7, -7, -7, 1, 2, -7, 3, 4, -7],
    ]);
    const bools = ops.pad(tensor([false]), [[1, 1]], "constant", { value: 1 });
    expect([bools.dtype, valuesOf(bools)]).toEqual(["bool", [1, 0, 1]]);
    expect(
      valuesOf(
        ops.pad(
          x,
          [
            [0, 1],
            [0, 0],
          ],
          "constant",
        ),
      ),
    ).toEqual([1, 2, 3, 4, 0, 0]);
  });

  test("widths are checked", () => {
    expect(() => ops.pad(tensor([1, 2, 3]), [[3, 0]], "reflect")).toThrow(
      'pad: reflect needs widths below the extent, got 3 on axis 0 of x [3]; pad less, or use "edge"',
    );
    expect(() => ops.pad(tensor([1, 2, 3]), [])).toThrow(
      "pad: widths must have one [low, high] per axis, got 0 for x [3]",
    );
    expect(() => ops.pad(tensor([1, 2, 3]), [[0.5, 0]])).toThrow(
      "pad: low must be integers of at least 0, got [0.5] for x [3]",
    );
    expect(() => ops.pad(tensor([1, 2, 3]), [[-2, -2]])).toThrow(
      "pad: widths [-2,-2] take more than axis 0 of x [3] has",
    );
    expect(() => ops.pad(tensor([1, 2, 3]), [[0, 4]], "circular")).toThrow(
      "pad: circular needs whole widths up to the extent, got [0,4] on axis 0 of x [3]",
    );
  });

  test("a negative width takes elements away before others are added", () => {
    const x = tensor([1, 2, 3, 4, 5]);
    expect(valuesOf(ops.pad(x, [[-1, 2]]))).toEqual([2, 3, 4, 5, 0, 0]);
    expect(valuesOf(ops.pad(x, [[-1, 2]], "reflect"))).toEqual([2, 3, 4, 5, 4, 3]);
    expect(valuesOf(ops.pad(x, [[1, -3]], "edge"))).toEqual([1, 1, 2]);
    expect(valuesOf(ops.pad(x, [[-2, 2]], "circular"))).toEqual([3, 4, 5, 3, 4]);
    expect(ops.pad(x, [[-2, -3]]).shape).toEqual([0]);
  });
});

describe("narrow", () => {
  test("takes so many elements from a start on", () => {
    expect(valuesOf(ops.narrow(counting([2, 4]), 1, 1, 2))).toEqual([1, 2, 5, 6]);
    expect(valuesOf(ops.narrow(counting([4]), -1, -3, 2))).toEqual([1, 2]);
    expect(ops.narrow(counting([4]), 0, 4, 0).shape).toEqual([0]);
    expect(() => ops.narrow(counting([4]), 0, 2, 3)).toThrow(
      "narrow: 3 elements from 2 on are not within extent 4 of axis 0 of x [4]",
    );
  });
});

describe("order and repetition", () => {
  test("flip", () => {
    expect(valuesOf(ops.flip(counting([2, 3]), 1))).toEqual([2, 1, 0, 5, 4, 3]);
    expect(valuesOf(ops.flip(counting([2, 3])))).toEqual([5, 4, 3, 2, 1, 0]);
    expect(valuesOf(ops.flip(counting([2, 3]), [-2]))).toEqual([3, 4, 5, 0, 1, 2]);
  });

  test("roll moves elements round", () => {
    expect(valuesOf(ops.roll(counting([5]), 2, 0))).toEqual([3, 4, 0, 1, 2]);
    expect(valuesOf(ops.roll(counting([5]), -1, 0))).toEqual([1, 2, 3, 4, 0]);
    expect(valuesOf(ops.roll(counting([5]), 12, 0))).toEqual([3, 4, 0, 1, 2]);
    expect(valuesOf(ops.roll(counting([2, 3]), 1, -1))).toEqual([2, 0, 1, 5, 3, 4]);
    expect(() => ops.roll(counting([2]), 0.5, 0)).toThrow(
      "roll: shift must be an integer, or one for each of axes [0], got 0.5",
    );
  });

  test("concat and stack", () => {
    const [a, b] = [counting([2, 2]), ops.add(counting([2, 2]), 10)];
    expect(valuesOf(ops.concat([a, b], 0))).toEqual([0, 1, 2, 3, 10, 11, 12, 13]);
    expect(valuesOf(ops.concat([a, b], -1))).toEqual([0, 1, 10, 11, 2, 3, 12, 13]);
    const stacked = ops.stack([a, b], -1);
    expect([stacked.shape, valuesOf(stacked)]).toEqual([
      [2, 2, 2],
      [0, 10, 1, 11, 2, 12, 3, 13],
    ]);
    expect(() => ops.concat([], 0)).toThrow("concat: expected at least one tensor, got none");
    expect(() => ops.stack([a, counting([2, 3])], 0)).toThrow(
      "stack: tensors must have one shape, got i32 [2,2] and i32 [2,3]",
    );
  });

  test("moveAxis, swapAxes and unstack", () => {
    const x = counting([2, 3, 4]);
    expect(valuesOf(ops.moveAxis(x, 0, -1))).toEqual(valuesOf(ops.transpose(x, [1, 2, 0])));
    expect(valuesOf(ops.moveAxis(x, -1, 0))).toEqual(valuesOf(ops.transpose(x, [2, 0, 1])));
    expect(valuesOf(ops.swapAxes(x, 0, -1))).toEqual(valuesOf(ops.transpose(x, [2, 1, 0])));
    expect(ops.swapAxes(x, 1, 1)).toBe(x);
    expect(ops.unstack(counting([2, 3]), 1).map(valuesOf)).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(ops.unstack(counting([0, 3]), 0)).toEqual([]);
    expect(() => ops.moveAxis(x, 3, 0)).toThrow("moveAxis: axis 3 is out of range for a tensor of rank 3");
  });

  test("tile and repeat", () => {
    const x = counting([2, 2]);
    const tiled = ops.tile(x, [2, 3]);
    expect(tiled.shape).toEqual([4, 6]);
    expect(valuesOf(tiled)).toEqual([0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3]);
    expect(valuesOf(ops.repeat(x, 2, 1))).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(valuesOf(ops.repeat(x, 2, 0))).toEqual([0, 1, 0, 1, 2, 3, 2, 3]);
    expect(valuesOf(ops.tile(x, [2]))).toEqual([0, 1, 0, 1, 2, 3, 2, 3]);
    expect(ops.tile(x, [3, 1, 1]).shape).toEqual([3, 2, 2]);
    expect(() => ops.tile(x, [1, 1.5])).toThrow("repetitions must be whole numbers");
  });

  test("several axes are moved and rolled, each for itself", () => {
    const x = counting([2, 3, 4]);
    expect(ops.moveAxis(x, [0, 2], [1, 0]).shape).toEqual([4, 2, 3]);
    expect(valuesOf(ops.roll(x, [1, -1], [0, 2]))).toEqual(valuesOf(ops.roll(ops.roll(x, 1, 0), -1, 2)));
    expect(valuesOf(ops.roll(counting([3]), 1))).toEqual([2, 0, 1]);
    expect(() => ops.moveAxis(x, [0, 1], [2])).toThrow("as many axes as places, got 2 and 1");
    expect(() => ops.moveAxis(x, [0, -3], [1, 2])).toThrow("name an axis of x [2,3,4] twice");
    expect(() => ops.roll(x, [1, 2], 0)).toThrow("shift must be an integer, or one for each of axes [0]");
  });
});

describe("indexing", () => {
  const indices = tensor(
    [
      [2, 0],
      [1, 9],
    ],
    { dtype: "i32" },
  );

  test("take puts the indices' shape in place of the axis and clamps", () => {
    const taken = ops.take(counting([2, 3]), indices, 1);
    expect(taken.shape).toEqual([2, 2, 2]);
    expect(valuesOf(taken)).toEqual([2, 0, 1, 2, 5, 3, 4, 5]);
    expect(valuesOf(ops.take(counting([3, 2]), tensor([-4, 1], { dtype: "i32" }), 0))).toEqual([0, 1, 2, 3]);
    expect(ops.take(counting([3, 2]), tensor(1, { dtype: "u32" }), 0).shape).toEqual([2]);
  });

  test("scatterAdd sums into place", () => {
    const summed = ops.scatterAdd(tensor([1, 2, 3, 4]), tensor([1, 1, 0, 7], { dtype: "i32" }), 0, 3);
    expect(valuesOf(summed)).toEqual([3, 3, 4]);
  });

  test("scatterAdd is the adjoint of take", () => {
    const x = ops.sin(ops.cast(counting([2, 3, 2]), "f32"));
    const y = ops.cos(ops.cast(counting([2, 2, 2, 2]), "f32"));
    for (const axis of [1, -2]) {
      const left = ops.sum(ops.mul(ops.take(x, indices, axis), y));
      const right = ops.sum(ops.mul(x, ops.scatterAdd(y, indices, axis, 3)));
      const [a, b] = interpret([left, right]).map((value) => value[0]!);
      expect(a).toBeCloseTo(b!, 13);
    }
  });

  test("oneHot", () => {
    const hot = ops.oneHot(tensor([2, 0, 5], { dtype: "i32" }), 3);
    expect([hot.shape, hot.dtype, valuesOf(hot)]).toEqual([[3, 3], "f32", [0, 0, 1, 1, 0, 0, 0, 0, 0]]);
    expect(ops.oneHot(tensor([1], { dtype: "u32" }), 2, "i32").dtype).toBe("i32");
  });
});
