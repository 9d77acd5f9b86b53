/** Timers of a longer time fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** A signal that aborts at a time, by `performance.now()`, or when one of others does; to be cleared when it is no longer needed. */
export function endingAt(
  time: number,
  others: readonly AbortSignal[] = [],
): { readonly signal: AbortSignal; readonly clear: () => void } {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout>;
  const wait = (): void => {
    const left = Math.max(0, time - performance.now());
    timer = left > LONGEST_MS ? setTimeout(wait, LONGEST_MS) : setTimeout(() => controller.abort(), left);
  };
  wait();
  return { signal: AbortSignal.any([controller.signal, ...others]), clear: () => clearTimeout(timer) };
}
