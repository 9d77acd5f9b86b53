import type { Executor } from "../executor.js";
import type { Tensor } from "../tensor.js";

/**
 * Host data move to the executor, once, so that graphs that share them do too. Somebody else may have moved some of them to another one
 * in the meantime: they stay there.
 */
export async function putConstants(reached: readonly Tensor[], executor: Executor): Promise<void> {
  const constants = reached.flatMap((tensor) => {
    const { definition } = tensor;
    return definition.op === "constant" ? [{ tensor, params: definition.params }] : [];
  });
  if (constants.length === 0) return;
  const values = await executor.put(constants.map(({ params }) => params));
  constants.forEach(({ tensor }, k) => {
    // Moved or disposed of in the meantime?
    if (tensor.definition.op === "constant") tensor.materialize(values[k]!);
    else values[k]!.release();
  });
}
