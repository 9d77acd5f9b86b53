import { describe, expectOptions, show } from "../primitives/expect.js";
import { Tensor } from "../tensor.js";
import { flattenAt, type Tree } from "../tree.js";
import { add } from "./arithmetic.js";
import { lt } from "./comparison.js";
import { full } from "./creation.js";
import { expectCarry } from "./expectCarry.js";
import { arange } from "./ranges.js";
import { scan } from "./scan.js";
import { whileLoop } from "./whileLoop.js";

export interface ForiOptions {
  /** Turns that are written out in one; see `scan`. Of bounds that are numbers. */
  readonly unroll?: number;
  /** The most turns; see `whileLoop`. Of bounds that are tensors. */
  readonly maxSteps?: number;
}

/** A bound as an i32 without axes. */
function boundOf(name: string, bound: number | Tensor): Tensor {
  if (typeof bound === "number") return full([], bound, "i32");
  if (bound instanceof Tensor && bound.dtype === "i32" && bound.shape.length === 0) return bound;
  const came = bound instanceof Tensor ? describe(bound) : show(bound);
  throw new Error(`foriLoop: ${name} must be a whole number, or an i32 without axes, got ${came}; cast it`);
}

/**
 * The state after `body(i, state)` for i from `lower` up to but not including `upper`: JAX's `lax.fori_loop`. `i` is an i32 without axes; the state is a tree of tensors that keeps its structure, shapes and dtypes.
 * With numbers as bounds it is a `scan`, and has gradients; with tensors it is a `whileLoop`, which asks for `maxSteps` and has none.
 */
export function foriLoop<State extends Tree<Tensor>>(
  lower: number | Tensor,
  upper: number | Tensor,
  body: (i: Tensor, state: State) => State,
  init: State,
  options: ForiOptions = {},
): State {
  if (typeof body !== "function") {
    throw new Error(`foriLoop: body must be a function (i, state) => state, got ${show(body)}`);
  }
  flattenAt("foriLoop", "init", init);
  const turn = (i: Tensor, state: State): State => {
    const next = body(i, state);
    expectCarry("foriLoop", init, flattenAt("foriLoop", "the carry", next));
    return next;
  };
  if (typeof lower === "number" && typeof upper === "number") {
    for (const bound of [lower, upper]) {
      if (bound !== (bound | 0))
        throw new Error(`foriLoop: bounds must be whole numbers from -2^31 to 2^31 - 1, got ${bound}`);
    }
    expectOptions("foriLoop", options, ["unroll"]);
    const { unroll = 1 } = options;
    if (!Number.isInteger(unroll) || unroll < 1) {
      throw new Error(`foriLoop: unroll must be a whole number of at least 1, got ${show(unroll)}`);
    }
    const turns = lower < upper ? arange(lower, upper, 1, "i32") : full([0], 0, "i32");
    return scan((state: State, i: Tensor) => ({ carry: turn(i, state), y: undefined }), init, turns, {
      unroll,
    }).carry;
  }
  expectOptions("foriLoop", options, ["maxSteps"]);
  const { maxSteps } = options;
  if (maxSteps === undefined) {
    throw new Error(
      "foriLoop: with a tensor as a bound, expected the most turns there can be; write { maxSteps: 100 }",
    );
  }
  const end = boundOf("upper", upper);
  return whileLoop(
    ({ i }) => lt(i, end),
    ({ i, state }): { readonly i: Tensor; readonly state: State } => ({
      i: add(i, 1),
      // The state has the structure that it started with.
      state: turn(i, state as State),
    }),
    { i: boundOf("lower", lower), state: init },
    { maxSteps },
  ).state as State;
}
