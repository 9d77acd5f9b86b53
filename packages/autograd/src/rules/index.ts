import type { PrimitiveName } from "@clidim/tensor";
import { cast } from "./cast.js";
import { concat } from "./concat.js";
import { conv2d, conv2dWeightGradient, convTranspose2d } from "./conv2d.js";
import { binaryRules, unaryRules } from "./elementwise.js";
import { fft } from "./fft.js";
import { gather, scatterAdd } from "./gather.js";
import { broadcast, flip, reshape, transpose } from "./layout.js";
import { matmul } from "./matmul.js";
import { pad } from "./pad.js";
import { max, prod, sum } from "./reduction.js";
import { noGradient, unary, type VjpRules } from "./rule.js";
import { select } from "./select.js";
import { slice } from "./slice.js";
import { arrange } from "./sort.js";

/**
 * A primitive without a rule does not compile. The engine differentiates `customVjp` itself, whose rule is the user's, and the programs `scan`, `cond` and `whileLoop` with their results, as both may have several results
 * at once.
 */
export const rules: VjpRules<Exclude<PrimitiveName, "customVjp" | "scan" | "cond" | "whileLoop">> = {
  ...unaryRules,
  ...binaryRules,
  input: noGradient,
  constant: noGradient,
  full: noGradient,
  iota: noGradient,
  randomBits: noGradient,
  select,
  cast,
  sum,
  max,
  prod,
  reshape,
  broadcast,
  transpose,
  slice,
  pad,
  flip,
  concat,
  gather,
  argsort: noGradient,
  arrange,
  fft,
  scatterAdd,
  matmul,
  conv2d,
  convTranspose2d,
  conv2dWeightGradient,
  identity: unary((g) => g),
  stopGradient: noGradient,
  // Inputs after the first only order the schedule.
  barrier: unary((g) => g),
  // What customKernel returns hides it behind a customVjp.
  kernel: noGradient,
  // Differentiated with its program.
  result: noGradient,
};
