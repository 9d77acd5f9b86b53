/** Begins work of which so much is done at once, the rest in the order in which it came. What is no longer wanted when it is its turn is not begun. */
export function atMost(count: number): (work: () => Promise<unknown>, wanted: () => boolean) => void {
  const waiting: { readonly work: () => Promise<unknown>; readonly wanted: () => boolean }[] = [];
  let busy = 0;
  const next = (): void => {
    while (busy < count) {
      const one = waiting.shift();
      if (!one) return;
      if (!one.wanted()) continue;
      busy++;
      const done = (): void => {
        busy--;
        next();
      };
      one.work().then(done, done);
    }
  };
  return (work, wanted) => {
    waiting.push({ work, wanted });
    next();
  };
}
