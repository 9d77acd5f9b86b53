import { applyWhile } from "../graph/applyProgram.js";
import { closeTogether } from "../graph/closeOver.js";
import { callWithPlaceholders } from "../graph/placeholders.js";
import { describe, expectOptions, show } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { flattenAt, type Tree, unflatten } from "../tree.js";
import { expectCarry } from "./expectCarry.js";

export interface WhileOptions {
  /** The most turns: after so many, the state is what it is, whatever the condition says. */
  readonly maxSteps: number;
}

/**
 * A loop whose number of turns depends on values: while `condition(state)`, a bool without axes, holds, the state becomes `body(state)`: JAX's `lax.while_loop`. The state is a tree of tensors that keeps its structure,
 * shapes and dtypes. Both functions are called once, and their kernels compiled once.
 *
 * A program is handed to the device as a whole, so there are `maxSteps` turns in it. Each asks on the device whether it is still wanted, and after the last one that is, nothing is computed any more: a turn that is over
 * costs about 10 microseconds per kernel, whatever its size, where reading the condition back would cost 200 to 1000 at each turn.
 *
 * Forward mode (`jvp`) goes through it; for gradients, use `scan` or `foriLoop` with numbers.
 */
export function whileLoop<State extends Tree<Tensor>>(
  condition: (state: State) => Tensor,
  body: (state: State) => State,
  init: State,
  options: WhileOptions,
): State {
  for (const [name, f] of Object.entries({ condition, body })) {
    if (typeof f === "function") continue;
    throw new Error(`whileLoop: ${name} must be a function of the state, got ${show(f)}`);
  }
  expectOptions("whileLoop", options, ["maxSteps"]);
  const { maxSteps } = options;
  if (!Number.isInteger(maxSteps) || maxSteps < 0) {
    throw new Error(
      `whileLoop: maxSteps must be a whole number, the most turns there can be, got ${show(maxSteps)}`,
    );
  }
  const { structure, leaves } = flattenAt("whileLoop", "init", init);
  const turn = callWithPlaceholders(
    "whileLoop",
    (state) => {
      // Placeholders have the structure of what they stand for.
      const next = body(state as State);
      if (!(next instanceof Promise))
        expectCarry("whileLoop", init, flattenAt("whileLoop", "the carry", next));
      return next;
    },
    [init],
  );
  const asked = callWithPlaceholders("whileLoop", (state) => condition(state as State), [init]);
  const [verdict] = asked.outputs;
  if (asked.structure.kind !== "leaf" || verdict!.dtype !== "bool" || verdict!.shape.length > 0) {
    throw new Error(
      `whileLoop: the condition must return a bool without axes, got ${asked.outputs.map(describe).join(", ")}; compare, and reduce with any or all`,
    );
  }
  if (leaves.length === 0 || maxSteps === 0) return init;
  const { graphs, captured } = closeTogether([asked, turn]);
  // The structure is that of the state.
  return unflatten(
    structure,
    applyWhile([...captured, ...leaves], {
      condition: graphs[0]!,
      body: graphs[1]!,
      constants: captured.length,
      maxSteps,
    }),
  ) as State;
}
