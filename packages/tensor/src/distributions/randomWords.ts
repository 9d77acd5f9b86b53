import { tensor } from "../ops/creation.js";
import { describe, expectShape, show } from "../primitives/expect.js";
import type { Shape } from "../shape.js";
import { apply, Tensor } from "../tensor.js";

/** The words that a key's stream is counted by: the second one keeps draws (0) apart from the keys of `split` (1). */
export const counter = (position: number, use: 0 | 1): Tensor => tensor([position, use], { dtype: "u32" });

/** Throws where untyped code passed something else than a key. */
export function expectKey(op: string, x: Tensor): void {
  if (!(x instanceof Tensor)) {
    throw new Error(`${op}: expected a key (u32 [2]), got ${show(x)}; make keys with key(seed)`);
  }
  if (x.dtype !== "u32" || x.shape.length !== 1 || x.shape[0] !== 2) {
    const divides = op === "split" ? " (chunk divides a tensor)" : "";
    throw new Error(
      `${op}: expected a key (u32 [2]), got ${describe(x)}; make keys with key(seed)${divides}`,
    );
  }
}

/** Uniform u32 words, in the name of another operation. */
export function randomWords(op: string, key: Tensor, shape: Shape): Tensor {
  expectKey(op, key);
  expectShape(op, shape);
  return apply("randomBits", [key, counter(0, 0)], { shape: [...shape] });
}
