import { describe, expectDType, expectSameDType, show } from "../../primitives/expect.js";
import type { Tensor } from "../../tensor.js";
import { sub } from "../arithmetic.js";
import { isnan } from "../classification.js";
import { any } from "../reductions.js";
import { expandDims } from "../reshape.js";
import { where } from "../where.js";
import { vectorNorm } from "./norm.js";

/**
 * The distances of each point of a [...,P,M] from each of b [...,R,M], [...,P,R], by the norm of order `p` from 0 to Infinity: PyTorch's `cdist`, from differences and not from products, so that near
 * points keep their digits. The gradient at distance 0 is 0.
 */
export function cdist(a: Tensor, b: Tensor, p = 2): Tensor {
  const op = "cdist";
  expectDType(op, "a", a, "float");
  expectDType(op, "b", b, "float");
  expectSameDType(op, [a, b]);
  if (typeof p !== "number" || !(p >= 0)) {
    throw new Error(`${op}: p must be a number from 0 to Infinity, got ${show(p)}`);
  }
  if (a.shape.length < 2 || b.shape.length < 2 || a.shape.at(-1) !== b.shape.at(-1)) {
    throw new Error(
      `${op}: expected points a [...,P,M] and b [...,R,M], got ${describe(a)} and ${describe(b)}`,
    );
  }
  const differences = sub(expandDims(a, -2), expandDims(b, -3));
  const distances = vectorNorm(differences, { ord: p, axes: -1 });
  // How many differ is a number, whatever they are.
  return p === 0 ? where(any(isnan(differences), -1), Number.NaN, distances) : distances;
}
