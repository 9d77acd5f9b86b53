import type { Tensor } from "@clidim/tensor";

/** Everything that the tensors are computed from; a schedule's further inputs to a barrier do not count. */
export function behind(outputs: readonly Tensor[]): Set<Tensor> {
  const found = new Set(outputs);
  for (const { definition } of found) {
    const { op, inputs } = definition;
    // These compute nothing from their further inputs.
    for (const input of op === "barrier" || op === "customVjp" ? inputs.slice(0, 1) : inputs)
      found.add(input);
  }
  return found;
}

/** How often each primitive occurs behind the tensors. */
export function countOps(...outputs: readonly Tensor[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { definition } of behind(outputs)) counts[definition.op] = (counts[definition.op] ?? 0) + 1;
  return counts;
}
