import { add, and, clip, expandDims, ge, iota, lt, sub, type Tensor, take, where } from "@clidim/tensor";

/** What attention remembers of the elements that it has seen: their keys and values, in a memory of one size. */
export type KeyValueCache = {
  /** [N, heads, capacity, C / heads]. */
  readonly keys: Tensor;
  /** [N, heads, capacity, C / heads]. */
  readonly values: Tensor;
  /** Elements seen, i32 []. */
  readonly length: Tensor;
};

/** `memory` [N, heads, S, D] with `given` [N, heads, T, D] in the places from `length` on. What does not fit is left out. */
function write(memory: Tensor, given: Tensor, length: Tensor): Tensor {
  const [capacity, count] = [memory.shape[2]!, given.shape[2]!];
  const place = sub(iota([capacity], 0), length);
  const written = expandDims(and(ge(place, 0), lt(place, count)), 1);
  return where(written, take(given, clip(place, 0, count - 1), 2), memory);
}

/** The cache after `keys` and `values` [N, heads, T, D] of the next elements. */
export const append = (cache: KeyValueCache, keys: Tensor, values: Tensor): KeyValueCache => ({
  keys: write(cache.keys, keys, cache.length),
  values: write(cache.values, values, cache.length),
  length: add(cache.length, keys.shape[2]!),
});
