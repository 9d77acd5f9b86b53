import type { Signal } from "@preact/signals";

/** Takes values for a signal that come later: the last that was asked for, and none where the signal has got another value meanwhile. */
export function latecomer<T>(into: Signal<T>): (coming: Promise<T | undefined>) => Promise<void> {
  let asked = 0;
  return async (coming) => {
    const mine = ++asked;
    const before = into.peek();
    const come = await coming;
    if (come !== undefined && mine === asked && into.peek() === before) into.value = come;
  };
}
