/**
 * The values of `source`, up to `count` of which are asked for before they are needed, and no more. An error comes at its place, after the
 * values before it; who stops early ends the source.
 */
export async function* readAhead<T>(
  source: AsyncIterable<T>,
  count: number,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const asked: Promise<IteratorResult<T, unknown>>[] = [];
  const ask = (): void => {
    const next = iterator.next();
    // It is looked at when its turn comes, which may be after it has failed.
    next.catch(() => {});
    asked.push(next);
  };
  let finished = false;
  try {
    ask();
    for (;;) {
      while (asked.length < count + 1) ask();
      const { done, value } = await asked.shift()!;
      if (done) {
        finished = true;
        return;
      }
      yield value;
    }
  } catch (error) {
    finished = true;
    throw error;
  } finally {
    if (!finished) await iterator.return?.();
  }
}

/** `f` of each value in their order, on up to `count` of them at a time. An error of the source comes after the values before it. */
export async function* mapAhead<T, U>(
  source: AsyncIterable<T>,
  count: number,
  f: (value: T, index: number) => U | Promise<U>,
): AsyncGenerator<U, void, undefined> {
  const running: Promise<U>[] = [];
  let failure: { readonly error: unknown } | undefined;
  const iterator = source[Symbol.asyncIterator]();
  const ended: IteratorResult<T, unknown> = { done: true, value: undefined };
  const next = async (): Promise<IteratorResult<T, unknown>> => {
    try {
      return await iterator.next();
    } catch (error) {
      failure = { error };
      return ended;
    }
  };
  const values: AsyncIterable<T> = {
    [Symbol.asyncIterator]: () => ({ next, return: async () => iterator.return?.() ?? ended }),
  };
  let index = 0;
  for await (const value of values) {
    const at = index++;
    const result = (async () => f(value, at))();
    result.catch(() => {});
    running.push(result);
    if (running.length >= count) yield await running.shift()!;
  }
  while (running.length > 0) yield await running.shift()!;
  if (failure) throw failure.error;
}
