/** Which operations call a function with placeholders at the moment, outermost first. */
const tracing: string[] = [];

/** The innermost operation that is calling a function with placeholders now, as in "compile(step)". */
export const whoTraces = (): string | undefined => tracing.at(-1);

/** What `f` returns, called in the name of `op` with placeholders in place of values. */
export function whileTracing<T>(op: string, f: () => T): T {
  tracing.push(op);
  try {
    return f();
  } finally {
    tracing.pop();
  }
}
