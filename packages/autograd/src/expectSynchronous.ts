/** Throws where a function of the caller's, "the function" or "backward", returned a promise to `op`; `during` says what it was called for, as in "it is differentiated". */
export function expectSynchronous(
  op: string,
  name: string,
  returned: unknown,
  during = "it is differentiated",
): void {
  if (!(returned instanceof Promise)) return;
  // Nobody else will look at what it was rejected with.
  returned.catch(() => undefined);
  throw new Error(`${op}: ${name} is async, but nothing runs while ${during}; make it synchronous`);
}
