import type { Executor } from "../executor.js";
import type { Definition, Tensor } from "../tensor.js";

const isConstant = (
  tensor: Tensor,
): tensor is Tensor & { readonly definition: Definition & { op: "constant" } } =>
  tensor.definition.op === "constant";

/**
 * Host data move to the executor, once, so that graphs that share them do too. Somebody else may have moved some of them to another one
 * in the meantime: they stay there.
 */
export async function putConstants(reached: readonly Tensor[], executor: Executor): Promise<void> {
  const constants = reached.filter(isConstant);
  if (constants.length === 0) return;
  const values = await executor.put(constants.map(({ definition }) => definition.params));
  for (const [k, tensor] of constants.entries()) {
    // Not where it was moved or disposed of in the meantime.
    if (isConstant(tensor)) tensor.materialize(values[k]!);
    else values[k]!.release();
  }
}
