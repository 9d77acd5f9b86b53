import { expectDType, expectNumber, normalizeAxis, show } from "../../primitives/expect.js";
import type { Tensor } from "../../tensor.js";
import { add, div, mul } from "../arithmetic.js";
import { gt } from "../comparison.js";
import { inSingle } from "../special/inSingle.js";
import { where } from "../where.js";
import { vectorNorm } from "./norm.js";

/** x with every slice along `axis` whose norm of order `p` is above `maxNorm` scaled down to it: PyTorch's `renorm`, with its 1e-7 beside the norm. */
export function renorm(x: Tensor, p: number, axis: number, maxNorm: number): Tensor {
  const op = "renorm";
  expectDType(op, "x", x, "float");
  const resolved = normalizeAxis(op, axis, x.shape.length);
  for (const [name, value] of Object.entries({ p, maxNorm })) expectNumber(op, name, value);
  if (!(p > 0) || !(maxNorm >= 0)) {
    throw new Error(`${op}: p must be above 0, maxNorm at least 0, got ${show(p)} and ${show(maxNorm)}`);
  }
  const others = [...x.shape.keys()].filter((other) => other !== resolved);
  return inSingle(op, x, (y) => {
    const norms = vectorNorm(y, { ord: p, axes: others, keepDims: true });
    return mul(y, where(gt(norms, maxNorm), div(maxNorm, add(norms, 1e-7)), 1));
  });
}
