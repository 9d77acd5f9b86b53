import { type BinaryName, type PrimitiveName, type UnaryName, where } from "@clidim/tensor";
import { binaryRules, unaryRules } from "../rules/elementwise.js";
import type { VjpRule } from "../rules/rule.js";
import { max, prod } from "./reduction.js";
import { bilinear, constant, diagonal, type JvpRule, type JvpRules, jointlyLinear, linear } from "./rule.js";

/** Elementwise operations have no parameters, so that their rules are alike. */
const elementwiseRules = { ...unaryRules, ...binaryRules } as unknown as Readonly<
  Record<string, VjpRule<"identity">>
>;

const elementwise =
  // The names are those of the tables, which `fromEntries` forgets.
  Object.fromEntries(
    Object.entries(elementwiseRules).map(([name, rule]) => [name, diagonal(rule)]),
  ) as unknown as JvpRules<UnaryName | BinaryName>;

const select: JvpRule<"select"> = ([, da, db], { inputs: [condition] }) =>
  da || db ? where(condition!, da ?? 0, db ?? 0) : undefined;

/**
 * A primitive without a rule does not compile. The engine differentiates `customVjp` itself, whose tangents follow from its gradient, and the programs `scan`, `cond` and `whileLoop` with their results.
 */
export const jvpRules: JvpRules<Exclude<PrimitiveName, "customVjp" | "scan" | "cond" | "whileLoop">> = {
  ...elementwise,
  input: constant,
  constant,
  full: constant,
  iota: constant,
  randomBits: constant,
  select,
  cast: linear("cast"),
  sum: linear("sum"),
  max,
  prod,
  reshape: linear("reshape"),
  broadcast: linear("broadcast"),
  transpose: linear("transpose"),
  slice: linear("slice"),
  pad: linear("pad"),
  flip: linear("flip"),
  concat: jointlyLinear("concat"),
  gather: linear("gather"),
  argsort: constant,
  arrange: linear("arrange"),
  fft: linear("fft"),
  scatterAdd: linear("scatterAdd"),
  matmul: bilinear("matmul"),
  conv2d: bilinear("conv2d"),
  convTranspose2d: bilinear("convTranspose2d"),
  conv2dWeightGradient: bilinear("conv2dWeightGradient"),
  identity: linear("identity"),
  stopGradient: constant,
  barrier: ([tangent]) => tangent,
  // What customKernel returns hides it behind a customVjp.
  kernel: constant,
  // Differentiated with its program.
  result: constant,
};
