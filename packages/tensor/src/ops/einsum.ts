import { isFloat } from "../dtype.js";
import { describe, expectDType, expectSameDType, expectTensor, show } from "../primitives/expect.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { matmul } from "./matmul.js";
import { sum } from "./reductions.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";
import { transpose } from "./transpose.js";

/** A tensor with a letter for each axis. */
interface Named {
  readonly x: Tensor;
  readonly letters: string;
}

/**
 * Products of tensors summed over letters, as NumPy's einsum: "bij,bjk->bik" multiplies matrices in batches, "i,j->ij" is the outer product, "ij->ji" transposes, "ii->i"
 * takes the diagonal. A letter stands for an axis of one extent wherever it occurs; those that the result does not name are summed. "..." stands for any number of axes, which
 * broadcast. Without "->", the result has the axes of "..." and the letters that occur once, in alphabetical order. Several operands are multiplied from left to right: the order is the caller's.
 */
export function einsum(subscripts: string, ...operands: readonly Tensor[]): Tensor {
  const { inputs, out } = parse(subscripts, operands);
  /** The letters that are needed after the operand at `position`: those of the others, and of the result. */
  const neededAfter = (position: number): string =>
    inputs.slice(position + 1).reduce((letters, next) => letters + next.letters, out);
  const [first, ...others] = inputs;
  let result = sumOver(first!, without(first!.letters, neededAfter(0)));
  for (const [i, next] of others.entries()) {
    const kept = neededAfter(i + 1);
    const reduced = sumOver(next, without(next.letters, result.letters + kept));
    result = contract(result, reduced, kept);
  }
  return arrange(result, out);
}

/** Letters for the axes that "..." stands for, the last axis first: no letters that subscripts may have. */
const ellipsisLetter = (fromLast: number): string => String.fromCharCode(0x3b1 + fromLast);

const example = 'such as "ij,jk->ik"';

function parse(
  subscripts: string,
  operands: readonly Tensor[],
): { readonly inputs: readonly Named[]; readonly out: string } {
  if (typeof subscripts !== "string") {
    throw new Error(`einsum: subscripts must be a string ${example}, got ${show(subscripts)}`);
  }
  const [left, right, ...more] = subscripts.replaceAll(" ", "").split("->");
  const terms = left!.split(",");
  const wellFormed = (term: string): boolean => /^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term);
  if (more.length > 0 || ![...terms, right ?? ""].every(wellFormed)) {
    throw new Error(
      `einsum: expected operands as letters, ${example}, got "${subscripts}"; letters A to Z, "..." for any number of axes, commas and "->"`,
    );
  }
  if (terms.length !== operands.length) {
    throw new Error(`einsum: "${subscripts}" names ${terms.length} operands, got ${operands.length}`);
  }
  for (const [i, x] of operands.entries()) expectTensor("einsum", `operand ${i}`, x);
  expectSameDType("einsum", operands);
  expectDType("einsum", "operand 0", operands[0]!, "numeric");
  const named = terms.map(
    (term, i): Named => ({ x: operands[i]!, letters: spell(subscripts, term, i, operands[i]!) }),
  );
  const batch = named.reduce((longest, { letters }) => {
    const own = [...letters].filter((letter) => !/[A-Za-z]/.test(letter)).join("");
    return own.length > longest.length ? own : longest;
  }, "");
  const inputs = stretch(subscripts, named).map(diagonal);
  const all = terms.join("").replaceAll(".", "");
  const once = [...new Set(all)].filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter));
  const out = right === undefined ? batch + once.sort().join("") : right.replace("...", batch);
  const twice = [...out].find((letter, i) => out.indexOf(letter) !== i);
  if (twice !== undefined) {
    throw new Error(
      `einsum: "${twice}" occurs twice in the result of "${subscripts}"; an axis has one letter`,
    );
  }
  for (const letter of without(out, inputs.map(({ letters }) => letters).join(""))) {
    throw new Error(`einsum: "${letter}" in the result of "${subscripts}" is in no operand`);
  }
  return { inputs, out };
}

/** One letter per axis, with letters of their own for those of "...". */
function spell(subscripts: string, term: string, position: number, x: Tensor): string {
  const given = term.replace("...", "").length;
  const more = x.shape.length - given;
  if (term.includes("...") ? more < 0 : more !== 0) {
    throw new Error(
      `einsum: "${subscripts}" names ${given} axes of operand ${position}, which is ${describe(x)}; write one letter per axis`,
    );
  }
  const batch = Array.from({ length: Math.max(0, more) }, (_, axis) => ellipsisLetter(more - 1 - axis));
  return term.replace("...", batch.join(""));
}

/** Checks that letters have one extent each; an axis of "..." with extent 1 beside a longer one is dropped, as it stretches. */
function stretch(subscripts: string, named: readonly Named[]): readonly Named[] {
  const extents = new Map<string, { readonly extent: number; readonly operand: number }>();
  const isBatch = (letter: string): boolean => !/[A-Za-z]/.test(letter);
  for (const [operand, { x, letters }] of named.entries()) {
    [...letters].forEach((letter, axis) => {
      const extent = x.shape[axis]!;
      const known = extents.get(letter);
      if (!known || (isBatch(letter) && known.extent === 1)) extents.set(letter, { extent, operand });
      else if (known.extent !== extent && !(isBatch(letter) && extent === 1)) {
        const what = isBatch(letter) ? 'an axis of "..."' : `"${letter}"`;
        throw new Error(
          `einsum: ${what} in "${subscripts}" is ${known.extent} in operand ${known.operand} and ${extent} in operand ${operand} ` +
            `(${named.map((other) => describe(other.x)).join(" and ")}); a letter has one extent`,
        );
      }
    });
  }
  return named.map(({ x, letters }) => {
    const kept = [...letters].map((letter, axis) => x.shape[axis] === extents.get(letter)!.extent);
    if (kept.every(Boolean)) return { x, letters };
    return {
      x: reshape(
        x,
        x.shape.filter((_, axis) => kept[axis]),
      ),
      letters: [...letters].filter((_, axis) => kept[axis]).join(""),
    };
  });
}

/** Of a letter that occurs twice, the elements whose two positions are equal. */
function diagonal({ x, letters }: Named): Named {
  const second = [...letters].findIndex((letter, i) => letters.indexOf(letter) !== i);
  if (second < 0) return { x, letters };
  const first = letters.indexOf(letters[second]!);
  const extent = x.shape[first]!;
  const rest = [...x.shape.keys()].filter((axis) => axis !== first && axis !== second);
  const others = rest.map((axis) => x.shape[axis]!);
  // Of a matrix in one row, every (extent + 1)th.
  const rows = reshape(transpose(x, [...rest, first, second]), [...others, extent * extent]);
  const taken = slice(
    rows,
    rows.shape.map(() => 0),
    rows.shape,
    [...others.map(() => 1), extent + 1],
  );
  return diagonal({ x: taken, letters: rest.map((axis) => letters[axis]).join("") + letters[first] });
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
