/** A signal that aborts at a time, by `performance.now()`, or when one of others does; to be cleared when it is no longer needed. */
export function endingAt(
  time: number,
  others: readonly AbortSignal[] = [],
): { readonly signal: AbortSignal; readonly clear: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), Math.max(0, time - performance.now()));
  return { signal: AbortSignal.any([controller.signal, ...others]), clear: () => clearTimeout(timer) };
}
