import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as T from "../src/index.js";
import { type Tensor, tensor } from "../src/index.js";
import { apply } from "../src/tensor.js";
import { device, expectExact, numbers } from "./processor.js";

/** Something that reads elements elsewhere, by numbers that say which and how. */
type View = (x: Tensor, axis: number, a: number, b: number) => Tensor;

const along = <V>(x: Tensor, axis: number, value: V, others: V): V[] =>
  x.shape.map((_, k) => (k === axis ? value : others));

const views: Readonly<Record<string, View>> = {
  slice: (x, axis, a, b) => {
    const start = Math.min(a, x.shape[axis]! - 1);
    return T.slice(x, along(x, axis, start, 0), x.shape, along(x, axis, 1 + b, 1));
  },
  flip: (x, axis) => T.flip(x, [axis]),
  transpose: (x) => T.transpose(x),
  zeros: (x, axis, a, b) => T.pad(x, along<[number, number]>(x, axis, [a, b], [0, 0])),
  mirrored: (x, axis, a, b) => {
    const most = x.shape[axis]! - 1;
    return T.pad(
      x,
      along<[number, number]>(x, axis, [Math.min(a, most), Math.min(b, most)], [0, 0]),
      "reflect",
    );
  },
  repeated: (x, axis, a, b) => T.pad(x, along<[number, number]>(x, axis, [a, b], [0, 0]), "edge"),
  joined: (x, axis, a, b) => {
    const stop = x.shape.map((extent, k) => (k === axis ? Math.min(1 + a, extent) : extent));
    const part = T.slice(x, along(x, axis, 0, 0), stop);
    return b % 2 === 0 ? T.concat([part, T.flip(x, [axis])], axis) : T.concat([x, part, x], axis);
  },
  taken: (x, axis, a, b) => T.take(x, tensor([a, 0, b, a + b, 1, 0, 2], { dtype: "i32" }), axis),
  chosen: (x, axis) => T.where(T.eq(x, T.flip(x, [axis])), x, T.flip(x, [0])),
  counted: (x, axis, a) => T.where(T.eq(T.iota(x.shape, axis, "i32"), a), T.flip(x, [1]), x),
};

const chain = fc.array(fc.tuple(fc.constantFrom(...Object.keys(views)), fc.nat(2), fc.nat(3), fc.nat(3)), {
  minLength: 1,
  maxLength: 4,
});

describe("elements that are read elsewhere", () => {
  it("are those of the reference, by any chain of views", async () => {
    const extent = fc.integer({ min: 2, max: 11 });
    const dtypes = fc.constantFrom("f32", "i32", "bool");
    await fc.assert(
      fc.asyncProperty(chain, extent, extent, extent, dtypes, async (links, a, b, c, dtype) => {
        const values = Float32Array.from({ length: a * b * c }, (_, i) => ((i * 7919) % 97) - 48);
        const data = dtype === "bool" ? values.map((value) => Number(value > 0)) : values;
        const x = tensor(data, { shape: [a, b, c], dtype });
        const view = links.reduce((y, [name, axis, ...how]) => views[name]!(y, axis, ...how), x);
        const sums = T.cast(view, "f32");
        await expectExact([view, T.sum(sums, 2), T.sum(sums, [0, 1])], 0);
      }),
      { numRuns: 60 },
    );
  });

  it("are read four at a time, in the parts of an axis where that can be", async () => {
    const x = numbers([6, 40]);
    const explained = async (f: (x: Tensor) => Tensor): Promise<string> => T.explain(f, { device })(x);
    for (const f of [
      (y: Tensor) => T.concat([y, T.exp(y)], 1),
      (y: Tensor) =>
        T.pad(
          y,
          [
            [0, 0],
            [3, 2],
          ],
          "reflect",
        ),
      (y: Tensor) => T.exp(T.slice(y, [0, 1], [6, 40], [1, 2])),
      (y: Tensor) => T.exp(T.flip(y, [1])),
      (y: Tensor) => T.transpose(y),
      (y: Tensor) => T.take(y, tensor([5, 0, 3, 3, 39, 1], { dtype: "i32" }), 1),
      (y: Tensor) => T.sum(T.slice(y, [0, 0], [6, 40], [1, 3]), 1),
    ]) {
      expect(await explained(f)).not.toContain("one by one");
      await expectExact([f(numbers([6, 40]))]);
    }
    // Zeros between elements are no part of an axis, and there are no loops for twenty parts.
    const spread = (y: Tensor): Tensor =>
      apply("pad", [y], { low: [0, 0], high: [0, 0], interior: [0, 1], mode: "zero" });
    const parts = (y: Tensor): Tensor =>
      T.concat(Array.from({ length: 20 }, (_, k) => T.slice(y, [0, 2 * k], [6, 2 * k + 2])).reverse(), 1);
    for (const f of [spread, parts]) {
      expect(await explained(f)).toContain(", one by one");
      await expectExact([f(numbers([6, 40]))]);
    }
  });
});
