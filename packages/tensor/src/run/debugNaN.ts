import { type DType, isFloat } from "../dtype.js";
import type { NotFinite, Value } from "../executor.js";
import { sizeOf, stridesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { leavesWithPaths, type Tree } from "../tree.js";

/** The same on the host, for an executor that does not search where values lie. */
async function search(value: Value, dtype: DType): Promise<NotFinite> {
  const data = await value.read(dtype);
  const found = { count: 0, nans: 0, first: 0 };
  data.forEach((x, i) => {
    if (Number.isFinite(x)) return;
    if (found.count++ === 0) found.first = i;
    if (Number.isNaN(x)) found.nans++;
  });
  return found;
}

/**
 * Throws when a float tensor of `tree` holds NaN or an infinity, and says which: `what` describes the tree ("the result"), `advice` what to
 * do. Every tensor has been computed. Waits for the device: for debugging.
 */
export async function expectFinite(
  op: string,
  what: string,
  tree: Tree<Tensor>,
  advice: string,
): Promise<void> {
  for (const [path, tensor] of leavesWithPaths(tree)) {
    const { value, shape, dtype } = tensor;
    if (!value || !isFloat(dtype)) continue;
    const length = sizeOf(shape);
    if (length === 0) continue;
    const { executor } = value;
    const { count, nans, first } = await (executor.findNotFinite?.(value, dtype, length) ??
      search(value, dtype));
    if (count === 0) continue;
    const index = stridesOf(shape).map((stride, axis) => Math.floor(first / stride) % shape[axis]!);
    const kinds = nans === count ? "NaN" : nans === 0 ? "infinite values" : "NaN and infinite values";
    throw new Error(
      `${op}: ${what}${path === "" ? "" : ` "${path}"`} ${tensor} holds ${kinds}: ${count} of ${length} elements, ` +
        `the first at [${index.join(",")}]; ${advice}`,
    );
  }
}

/** The arguments of a call, before it: what is wrong already did not come from the function. */
export const expectFiniteArguments = (op: string, args: readonly Tree<Tensor>[]): Promise<void> =>
  expectFinite(op, "argument", args, "look at the data, or at the step before");

/** What a call returned. */
export const expectFiniteResult = (op: string, result: Tree<Tensor>): Promise<void> =>
  expectFinite(
    op,
    "the result",
    result,
    "the arguments were finite, so it arose inside: return intermediate values too to see where, and look for log, div, sqrt " +
      "and exp of what they cannot take, or a learning rate that is too high",
  );
