const NAMES = [
  "ArrayBuffer",
  "Uint8Array",
  "Int8Array",
  "Uint16Array",
  "Int16Array",
  "Uint32Array",
  "Int32Array",
  "Float32Array",
  "Float64Array",
  "BigUint64Array",
] as const;

let largest = 0;

// From here on, for good: libraries that are imported later remember the constructors under names of their own.
for (const name of NAMES) {
  const plain = globalThis[name];
  const each = "BYTES_PER_ELEMENT" in plain ? plain.BYTES_PER_ELEMENT : 1;
  const value = new Proxy(plain, {
    construct: (target, args, newTarget) => {
      if (typeof args[0] === "number") largest = Math.max(largest, args[0] * each);
      return Reflect.construct(target, args, newTarget);
    },
  });
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

/**
 * Runs `work`, and tells the bytes of the largest array that it asked for by its length, whether it was filled or not. Only what is imported after this file is seen.
 */
export async function largestAllocation<T>(
  work: () => Promise<T>,
): Promise<{ readonly outcome: PromiseSettledResult<T>; readonly bytes: number }> {
  largest = 0;
  const [outcome] = await Promise.allSettled([work()]);
  return { outcome, bytes: largest };
}
