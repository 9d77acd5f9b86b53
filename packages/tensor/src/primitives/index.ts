import { binaryPrimitives } from "./binary.js";
import { broadcast } from "./broadcast.js";
import { cast } from "./cast.js";
import { concat } from "./concat.js";
import { cond } from "./cond.js";
import { barrier, customVjp, identity, stopGradient } from "./control.js";
import { conv2d, conv2dWeightGradient, convTranspose2d } from "./convolution.js";
import { fft } from "./fft.js";
import { flip } from "./flip.js";
import { gather, scatterAdd } from "./gather.js";
import { kernel } from "./kernel.js";
import { constant, full, inputPrimitive, iota, randomBits } from "./leaves.js";
import { matmul } from "./matmul.js";
import { pad } from "./pad.js";
import type { PrimitiveName } from "./params.js";
import type { Primitive } from "./primitive.js";
import { max, prod, sum } from "./reduce.js";
import { reshape } from "./reshape.js";
import { result } from "./result.js";
import { scan } from "./scan.js";
import { select } from "./select.js";
import { slice } from "./slice.js";
import { argsort, arrange } from "./sort.js";
import { transpose } from "./transpose.js";
import { unaryPrimitives } from "./unary.js";
import { whileLoop } from "./whileLoop.js";

/** Every operation that a graph can hold. */
export const primitives: { readonly [P in PrimitiveName]: Primitive<P> } = {
  ...unaryPrimitives,
  ...binaryPrimitives,
  input: inputPrimitive,
  constant,
  full,
  iota,
  randomBits,
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
  argsort,
  arrange,
  fft,
  scatterAdd,
  matmul,
  conv2d,
  convTranspose2d,
  conv2dWeightGradient,
  identity,
  stopGradient,
  barrier,
  customVjp,
  scan,
  cond,
  whileLoop,
  kernel,
  result,
};
