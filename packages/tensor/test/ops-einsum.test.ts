import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpret } from "../src/executors/interpreter/interpret.js";
import * as ops from "../src/ops/index.js";
import { type Shape, sizeOf, stridesOf } from "../src/shape.js";
import { input, type Tensor } from "../src/tensor.js";

const { einsum, tensor } = ops;
/** Zeros without a sign. */
const values = (x: Tensor): number[] => [...interpret([x])[0]!].map((value) => value + 0);
const whole = (shape: Shape, seed: number, dtype: "f32" | "i32"): Tensor =>
  tensor(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => (((i + seed) * 37) % 11) - 5),
    { shape, dtype },
  );

/** By the definition: over every assignment of the letters, products added where the result's letters say. */
function byDefinition(left: string, right: string, out: string, a: Tensor, b: Tensor): number[] {
  const letters = [...new Set(left + right)];
  const extents = letters.map((letter) =>
    left.includes(letter) ? a.shape[left.indexOf(letter)]! : b.shape[right.indexOf(letter)]!,
  );
  const place = (names: string, shape: Shape, index: readonly number[]): number =>
    [...names].reduce((sum, name, axis) => sum + index[letters.indexOf(name)]! * stridesOf(shape)[axis]!, 0);
  const shape = [...out].map((letter) => extents[letters.indexOf(letter)]!);
  const [x, y, result] = [values(a), values(b), new Array<number>(sizeOf(shape)).fill(0)];
  const strides = stridesOf(extents);
  for (let position = 0; position < sizeOf(extents); position++) {
    const index = extents.map((extent, axis) => Math.floor(position / strides[axis]!) % extent);
    result[place(out, shape, index)]! += x[place(left, a.shape, index)]! * y[place(right, b.shape, index)]!;
  }
  return result;
}

const letters = ["i", "j", "k", "l"];
const cases = fc.tuple(fc.shuffledSubarray(letters), fc.shuffledSubarray(letters)).chain(([left, right]) =>
  fc.record({
    left: fc.constant(left.join("")),
    right: fc.constant(right.join("")),
    out: fc.shuffledSubarray([...new Set([...left, ...right])]).map((some) => some.join("")),
    extents: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 }),
    dtype: fc.constantFrom("f32" as const, "i32" as const),
  }),
);

describe("einsum", () => {
  test("is what its definition says, for any letters", () => {
    fc.assert(
      fc.property(cases, ({ left, right, out, extents, dtype }) => {
        const shape = (names: string): number[] => [...names].map((name) => extents[letters.indexOf(name)]!);
        const [a, b] = [whole(shape(left), 1, dtype), whole(shape(right), 5, dtype)];
        const result = einsum(`${left},${right}->${out}`, a, b);
        expect(result.shape).toEqual(shape(out));
        expect(values(result)).toEqual(byDefinition(left, right, out, a, b));
      }),
      { numRuns: 300 },
    );
  });

  test("without a result, the letters that occur once in alphabetical order", () => {
    const [a, b] = [whole([2, 3], 0, "f32"), whole([3, 4], 1, "f32")];
    expect(values(einsum("zj, ja", a, b))).toEqual(values(ops.transpose(ops.matmul(a, b))));
    expect(einsum("ij,ij", a, a).shape).toEqual([]);
  });

  test("mistakes are named", () => {
    const [a, b] = [input([2, 3], "f32"), input([4, 5], "f32")];
    expect(() => einsum("ij,jk->ik", a, b)).toThrow(
      'einsum: "j" in "ij,jk->ik" is 3 in operand 0 and 4 in operand 1 (f32 [2,3] and f32 [4,5]); a letter has one extent',
    );
    expect(() => einsum("ijk,jk->i", a, b)).toThrow(
      'einsum: "ijk,jk->i" names 3 axes of operand 0, which is f32 [2,3]; write one letter per axis',
    );
    expect(() => einsum("ii,jk->jk", a, b)).toThrow(
      'einsum: "i" in "ii,jk->jk" is 2 in operand 0 and 3 in operand 0 (f32 [2,3] and f32 [4,5])',
    );
    expect(() => einsum("ij,kl->ii", a, b)).toThrow('einsum: "i" occurs twice in the result of "ij,kl->ii"');
    expect(() => einsum("ij,jk,kl->il", a, b)).toThrow('einsum: "ij,jk,kl->il" names 3 operands, got 2');
    expect(() => einsum("...i,...i", a, b)).toThrow(
      'einsum: an axis of "..." in "...i,...i" is 2 in operand 0',
    );
    expect(() => einsum("...a,...b", a, b)).toThrow('an axis of "..." in "...a,...b" is 2 in operand 0');
    expect(() => einsum("ij,kl->im", a, b)).toThrow(
      'einsum: "m" in the result of "ij,kl->im" is in no operand',
    );
    for (const text of ["i1,1j->ij", "ij->i->j", "..i,ij", "...i...,i"]) {
      expect(() => einsum(text, a, b)).toThrow(
        `einsum: expected operands as letters, such as "ij,jk->ik", got "${text}"`,
      );
    }
    expect(() => einsum("ij,kl->ijkl", a, input([4, 5], "i32"))).toThrow(
      "einsum: operands must have one dtype, got f32 [2,3] and i32 [4,5]; cast first",
    );
  });
});
