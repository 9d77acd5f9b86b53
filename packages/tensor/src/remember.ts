/** The entry of a small cache, made where it is missing in place of the oldest. */
export function remember<V>(cache: Map<string, V>, key: string, most: number, make: () => V): V {
  let value = cache.get(key);
  if (value === undefined) {
    value = make();
    if (cache.size >= most) cache.delete(cache.keys().next().value!);
    cache.set(key, value);
  }
  return value;
}
