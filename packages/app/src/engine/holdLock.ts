/** Whose end is noticed: a worker that holds a lock until then, however it comes. */
export interface Holder {
  /** Takes a lock that nobody else has. */
  holdLock(name: string): Promise<void>;
}

/** Takes a lock for as long as the worker lives, and resolves once it has it. */
export const holdLock = (name: string): Promise<void> =>
  new Promise((held, failed) => {
    navigator.locks
      .request(name, () => {
        held();
        return new Promise(() => undefined);
      })
      .catch(failed);
  });
