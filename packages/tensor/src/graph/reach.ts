import type { Tensor } from "../tensor.js";

const operandsOfDefinition = ({ definition }: Tensor): readonly Tensor[] => definition.inputs;

/**
 * Every tensor that `outputs` are computed from, themselves included, operands before results. `operandsOf` says what is followed from a tensor, which is asked once:
 * its operands unless told otherwise, nothing to stop there.
 */
export function reach(
  outputs: readonly Tensor[],
  operandsOf: (tensor: Tensor) => readonly Tensor[] = operandsOfDefinition,
): Tensor[] {
  const reached = new Set<Tensor>();
  const stack = [...outputs];
  while (stack.length > 0) {
    const tensor = stack.pop()!;
    if (reached.has(tensor)) continue;
    reached.add(tensor);
    stack.push(...operandsOf(tensor));
  }
  // Operands are made before results.
  return [...reached].sort((a, b) => a.id - b.id);
}
