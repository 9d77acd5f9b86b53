import { isFloat } from "../dtype.js";
import { describe, expectDType, expectSameDType, expectTensor, show } from "../primitives/expect.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { matmul } from "./matmul.js";
import { sum } from "./reductions.js";
import { reshape } from "./reshape.js";
import { transpose } from "./transpose.js";

/** A tensor with a letter for each axis. */
interface Named {
  readonly x: Tensor;
  readonly letters: string;
}

/**
 * Products of two tensors summed over letters, as NumPy's einsum has it for two operands: "bij,bjk->bik" multiplies matrices in batches, "i,j->ij"
 * is the outer product. A letter stands for an axis of one extent wherever it occurs; those that the result does not name are summed.
 * Without "->", the result has the letters that occur once, in alphabetical order. Not here: ellipses, and a letter twice in one operand.
 */
export function einsum(subscripts: string, a: Tensor, b: Tensor): Tensor {
  const [left, right, out] = parse(subscripts);
  expectTensor("einsum", "a", a);
  expectTensor("einsum", "b", b);
  expectSameDType("einsum", [a, b]);
  expectDType("einsum", "a", a, "numeric");
  const extents = new Map<string, number>();
  for (const [name, letters, x] of [["a", left, a] as const, ["b", right, b] as const]) {
    if (letters.length !== x.shape.length) {
      throw new Error(
        `einsum: "${subscripts}" names ${letters.length} axes of ${name}, which is ${describe(x)}; write one letter per axis`,
      );
    }
    [...letters].forEach((letter, axis) => {
      const known = extents.get(letter) ?? x.shape[axis]!;
      if (known !== x.shape[axis]) {
        throw new Error(
          `einsum: "${letter}" in "${subscripts}" is ${known} in a and ${x.shape[axis]} in b (${describe(a)} and ${describe(b)}); ` +
            "a letter has one extent",
        );
      }
      extents.set(letter, known);
    });
  }
  const only = ({ x, letters }: Named, other: string): Named =>
    sumOver({ x, letters }, without(letters, other + out));
  const result = contract(only({ x: a, letters: left }, right), only({ x: b, letters: right }, left), out);
  return arrange(result, out);
}

function parse(subscripts: string): readonly [left: string, right: string, out: string] {
  if (typeof subscripts !== "string") {
    throw new Error(`einsum: subscripts must be a string such as "ij,jk->ik", got ${show(subscripts)}`);
  }
  const parts = /^([A-Za-z]*),([A-Za-z]*)(?:->([A-Za-z]*))?$/.exec(subscripts.replaceAll(" ", ""));
  if (!parts) {
    throw new Error(
      `einsum: expected two operands as letters, such as "ij,jk->ik", got "${subscripts}"; ellipses and other numbers of operands are not supported`,
    );
  }
  const [left, right] = [parts[1]!, parts[2]!];
  const once = [...new Set(left + right)].filter(
    (letter) => !(left.includes(letter) && right.includes(letter)),
  );
  const out = parts[3] ?? once.sort().join("");
  for (const letters of [left, right, out]) {
    const twice = [...letters].find((letter, i) => letters.indexOf(letter) !== i);
    if (twice !== undefined) {
      throw new Error(
        `einsum: "${twice}" occurs twice in "${letters}" of "${subscripts}"; each axis needs a letter of its own, diagonals are not taken`,
      );
    }
  }
  for (const letter of without(out, left + right)) {
    throw new Error(`einsum: "${letter}" in the result of "${subscripts}" is in neither operand`);
  }
  return [left, right, out];
}

const without = (letters: string, others: string): string =>
  [...letters].filter((letter) => !others.includes(letter)).join("");

const common = (letters: string, others: string): string => without(letters, without(letters, others));

const sumOver = ({ x, letters }: Named, summed: string): Named => ({
  x:
    summed === ""
      ? x
      : sum(
          x,
          [...summed].map((letter) => letters.indexOf(letter)),
        ),
  letters: without(letters, summed),
});

/** The axes in the order of `letters`, all of them. */
const arrange = ({ x, letters }: Named, order: string): Tensor =>
  transpose(
    x,
    [...order].map((letter) => letters.indexOf(letter)),
  );

/** Over letters that are in both operands or in the result. */
function contract(a: Named, b: Named, out: string): Named {
  const shared = common(a.letters, b.letters);
  const batch = common(shared, out);
  const summed = without(shared, out);
  const [rows, columns] = [without(a.letters, shared), without(b.letters, shared)];
  const extentsOf = ({ x, letters }: Named, some: string): number[] =>
    [...some].map((letter) => x.shape[letters.indexOf(letter)]!);
  const letters = batch + rows + columns;
  const shape = [...extentsOf(a, batch + rows), ...extentsOf(b, columns)];
  const [m, n, k] = [extentsOf(a, rows), extentsOf(b, columns), extentsOf(a, summed)].map(sizeOf) as [
    number,
    number,
    number,
  ];
  const batches = extentsOf(a, batch);
  if (summed !== "" && rows + columns !== "" && isFloat(a.x.dtype)) {
    const left = reshape(arrange(a, batch + rows + summed), [...batches, m, k]);
    const right = reshape(arrange(b, batch + summed + columns), [...batches, k, n]);
    return { x: reshape(matmul(left, right), shape), letters };
  }
  // [...batch, ...rows, ...columns, ...summed], by broadcasting
  const left = arrange(a, batch + rows + summed);
  const right = arrange(b, batch + columns + summed);
  const ones = (some: string): number[] => [...some].map(() => 1);
  const product = mul(
    reshape(left, [...extentsOf(a, batch + rows), ...ones(columns), ...extentsOf(a, summed)]),
    reshape(right, [...batches, ...ones(rows), ...extentsOf(b, columns + summed)]),
  );
  return sumOver({ x: product, letters: letters + summed }, summed);
}
