import { apply, isFloat, type Tensor } from "@clidim/tensor";
import type { CustomCall } from "@clidim/tensor/graph";
import { expectFunction } from "./expectFunction.js";
import { expectSynchronous } from "./expectSynchronous.js";
import { leavesOf } from "./leaves.js";
import { replay, traceRegion } from "./region.js";
import { pullBack, record } from "./tape.js";

/**
 * `f` with its intermediate values recomputed for the gradient instead of kept: same values, same gradients, less memory, one more forward
 * pass. Arguments and what `f` closes over stay in memory, and both have gradients. `f` is called once; the
 * recomputation repeats the operations it added to the graph, scheduled after the incoming gradient is known.
 */
export function checkpoint<A extends readonly unknown[], R>(f: (...args: A) => R): (...args: A) => R {
  expectFunction("checkpoint", f);
  return (...args) => {
    const region = traceRegion(
      () => {
        const value = f(...args);
        expectSynchronous("checkpoint", "the function", value);
        return leavesOf("checkpoint", "the value", value);
      },
      ({ leaves }) => leaves.filter(({ dtype }) => isFloat(dtype)),
    );
    const call: CustomCall = {
      name: "checkpoint",
      argumentCount: region.frontier.length,
      results: [],
      backward: (frontier, _results, cotangents) => {
        const incoming = cotangents.filter((cotangent) => cotangent !== undefined);
        const inputs = frontier.map((value) => afterAll(value, incoming));
        return pullBack(record(inputs, replay(region, inputs)), cotangents);
      },
    };
    const { leaves, rebuild } = region.result;
    return rebuild(
      leaves.map((leaf) => {
        if (!isFloat(leaf.dtype)) return leaf;
        const result = apply("customVjp", [leaf, ...region.frontier], { backward: call });
        call.results.push(result);
        return result;
      }),
    );
  };
}

/** The value, not before the others have been computed, and not merged with what was computed from it earlier. */
const afterAll = (value: Tensor, others: readonly Tensor[]): Tensor =>
  // A literal stays one, so that it can still be folded.
  value.definition.op === "full" ? value : apply("barrier", [value, ...others], { id: 0 });
