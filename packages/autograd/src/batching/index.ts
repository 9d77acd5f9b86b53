import type { BinaryName, PrimitiveName, UnaryName } from "@clidim/tensor";
import { binaryRules, unaryRules } from "../rules/elementwise.js";
import { barrier } from "./barrier.js";
import { conv2d, conv2dWeightGradient, convTranspose2d } from "./convolution.js";
import { gather, scatterAdd } from "./gather.js";
import {
  argsort,
  arrange,
  broadcast,
  concat,
  fft,
  flip,
  max,
  pad,
  prod,
  reshape,
  slice,
  sum,
  transpose,
} from "./layout.js";
import { matmul } from "./matmul.js";
import { alongside, type BatchRules, single } from "./rule.js";

/** What has no operands is the same for all examples. */
export type LeafName = "input" | "constant" | "full" | "iota";

/** What runs graphs, or kernels, of its own. */
export type ProgramName = "scan" | "cond" | "whileLoop" | "kernel";

const elementwise =
  // The names are those of the tables, which `fromEntries` forgets.
  Object.fromEntries(
    [...Object.keys(unaryRules), ...Object.keys(binaryRules)].map((name) => [
      name,
      alongside(name as UnaryName | BinaryName),
    ]),
  ) as unknown as BatchRules<UnaryName | BinaryName>;

/**
 * A primitive without a rule does not compile. The engine batches `customVjp` itself, as its gradient has to be batched with it, and programs with their results, as some
 * may be the same for all examples.
 */
export const batchRules: BatchRules<Exclude<PrimitiveName, LeafName | "customVjp" | ProgramName | "result">> =
  {
    ...elementwise,
    select: alongside("select"),
    cast: alongside("cast"),
    // A key and a counter of its own for each example.
    randomBits: alongside("randomBits"),
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
    argsort,
    arrange,
    fft,
    scatterAdd,
    matmul,
    conv2d,
    convTranspose2d,
    conv2dWeightGradient,
    identity: single("identity", (params) => params),
    stopGradient: single("stopGradient", (params) => params),
    // The further operands only order the schedule.
    barrier,
  };
