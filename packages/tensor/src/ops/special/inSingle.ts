import { expectDType } from "../../primitives/expect.js";
import type { Tensor } from "../../tensor.js";
import { cast } from "../cast.js";

/** f of x (floats), computed in f32 where x has halves, whose steps are too coarse for what f is made of. */
export function inSingle(op: string, x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  expectDType(op, "x", x, "float");
  return x.dtype === "f16" ? cast(f(cast(x, "f32")), "f16") : f(x);
}
