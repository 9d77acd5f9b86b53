import { applyCond } from "../graph/applyProgram.js";
import { closeBranches } from "../graph/closeOver.js";
import { callWithPlaceholders } from "../graph/placeholders.js";
import { describe, expectTensor, show } from "../primitives/expect.js";
import { sameAval } from "../shape.js";
import { input, type Tensor } from "../tensor.js";
import { flattenAt, leavesWithPaths, type Tree, unflatten } from "../tree.js";
import { minimum } from "./arithmetic.js";
import { cast } from "./cast.js";
import { nameOf, outline } from "./expectCarry.js";

/** One of the functions among which a value chooses. */
export type BranchFunction<Operands extends readonly Tree<Tensor>[], R> = (...operands: Operands) => R;

/** What the functions are called in messages, and what chooses among them: a bool, or an i32. */
export interface Choice {
  readonly op: string;
  readonly index: Tensor;
  readonly names: readonly string[];
}

/** The results of that of `branches` whose number `index` is; all return trees of one structure, shapes and dtypes. */
export function applyBranches<Operands extends readonly Tree<Tensor>[], R extends Tree<Tensor>>(
  { op, index, names }: Choice,
  branches: readonly BranchFunction<Operands, R>[],
  operands: Operands,
): R {
  branches.forEach((branch, k) => {
    if (typeof branch === "function") return;
    throw new Error(`${op}: ${names[k]} must be a function of the operands, got ${show(branch)}`);
  });
  const given = operands.flatMap((operand, k) => flattenAt(op, `operand ${k}`, operand).leaves);
  const mark = input([], "bool").id;
  const traced = branches.map((branch) => callWithPlaceholders(op, branch, operands));
  const first = traced[0]!;
  for (const [k, other] of traced.entries()) expectAlike(op, [names[0]!, first], [names[k]!, other]);
  // The structure was taken from what the branches return.
  const rebuild = (leaves: readonly Tensor[]): R => unflatten(first.structure, leaves) as R;
  if (first.outputs.length === 0) return rebuild([]);
  const { graphs, captured } = closeBranches(traced, mark);
  return rebuild(applyCond([index, ...captured, ...given], { branches: graphs }));
}

type Traced = ReturnType<typeof callWithPlaceholders>;

/** Throws where two branches return trees that are not alike. */
function expectAlike(op: string, [nameA, a]: [string, Traced], [nameB, b]: [string, Traced]): void {
  const [flatA, flatB] = [a, b].map(({ structure, outputs }) => ({ structure, leaves: outputs }));
  if (a.structure.key !== b.structure.key) {
    throw new Error(
      `${op}: ${nameA} returns ${outline(flatA!)}, ${nameB} ${outline(flatB!)}; they must return one structure, with its members in one order`,
    );
  }
  leavesWithPaths(unflatten(a.structure, a.outputs)).forEach(([path, leaf], k) => {
    const other = b.outputs[k]!;
    if (sameAval(leaf, other)) return;
    throw new Error(
      `${op}: ${nameOf("the result", path)} is ${describe(leaf)} from ${nameA} and ${describe(other)} from ${nameB}; they must agree, so cast or reshape one`,
    );
  });
}

/**
 * The results of one of several functions of the operands, that whose number `index` is, an i32 without axes: JAX's `lax.switch`, TensorFlow's `switch_case`. Only that one runs. An index that is out
 * of range is clamped. See `cond`, which is the same of two.
 */
export function switchCase<Operands extends readonly Tree<Tensor>[], R extends Tree<Tensor>>(
  index: Tensor,
  branches: readonly BranchFunction<Operands, R>[],
  ...operands: Operands
): R {
  expectTensor("switchCase", "index", index, "i32");
  if (index.shape.length > 0 || (index.dtype !== "i32" && index.dtype !== "u32")) {
    throw new Error(
      `switchCase: index must be an integer without axes, got ${describe(index)}; cast it, and take one element; under vmap each example may have its own`,
    );
  }
  if (!Array.isArray(branches) || branches.length === 0) {
    throw new Error(`switchCase: branches must be an array of functions, got ${show(branches)}`);
  }
  const names = branches.map((_, k) => `branch ${k}`);
  // A large u32 would be a negative i32.
  const bounded = index.dtype === "u32" ? minimum(index, branches.length - 1) : index;
  return applyBranches({ op: "switchCase", index: cast(bounded, "i32"), names }, branches, operands);
}
