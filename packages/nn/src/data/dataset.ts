import { show } from "@clidim/tensor/expect";
import { callable, checkOptions, checkValue, flag, integer, wholeFrom } from "../checkOptions.js";
import { type Collated, collate } from "./collate.js";
import { randomOrder, throughBuffer } from "./randomOrder.js";
import { mapAhead, readAhead } from "./readAhead.js";

/** Samples that can be had by number, such as an array, or an object that reads a file at `at`. */
export interface Indexed<T> {
  readonly length: number;
  at(index: number): T | undefined | Promise<T>;
}

type Values<T> = Iterable<T> | AsyncIterable<T>;

/** What a dataset is made of: samples by number, something that can be iterated again and again, or a function that starts a pass. */
export type Source<T> = Indexed<T> | Values<T> | ((epoch: number) => Values<T>);

export interface MapOptions {
  /** How many values are worked on at a time, for functions that wait. Default 1. */
  readonly concurrency?: number;
}

export interface ShuffleOptions {
  /** How many values are kept to choose from, where they do not come by number. Default 1024. */
  readonly buffer?: number;
}

export interface BatchOptions<T, B> {
  /** A last batch that is not full is left out, so that all have one shape. Default false. */
  readonly dropLast?: boolean;
  /** Makes a batch of its samples. Default: `collate`. */
  readonly collate?: (samples: readonly T[]) => B | Promise<B>;
}

/**
 * Values to pass over as often as needed, one pass after the other or at once. Nothing is read before it is asked for. `for await` over the
 * dataset itself is pass 0.
 */
export interface Dataset<T> extends AsyncIterable<T> {
  /** Pass number `index`: its shuffling is its own, and the same whenever it is asked for. */
  epoch(index: number): AsyncIterable<T>;
  /** `f` of each value and its number in the pass. */
  map<U>(f: (value: T, index: number) => U | Promise<U>, options?: MapOptions): Dataset<U>;
  /** The values for which `f` is true. */
  filter(f: (value: T) => boolean | Promise<boolean>): Dataset<T>;
  /**
   * Another order in each pass. Values by number, that is a source with a length and what `map`, `take`, `skip` and `shuffle` make of it, are
   * permuted; of others, one of a buffer is drawn for each that comes in.
   */
  shuffle(seed: number, options?: ShuffleOptions): Dataset<T>;
  /** `size` values at a time as tensors with the batch on their first axis, see `collate`. */
  batch(size: number): Dataset<Collated<T>>;
  batch(size: number, options: Pick<BatchOptions<T, never>, "dropLast">): Dataset<Collated<T>>;
  batch<B>(size: number, options: BatchOptions<T, B>): Dataset<B>;
  /** The first `count` values of each pass. */
  take(count: number): Dataset<T>;
  /** All but the first `count` values of each pass. */
  skip(count: number): Dataset<T>;
  /** `count` passes as one. */
  repeat(count: number): Dataset<T>;
  /** Up to `count` values are made before they are asked for, while others are used. Default 1. */
  prefetch(count?: number): Dataset<T>;
}

/** Which `count` of the values by number are wanted, in the order wanted. */
interface Wanted {
  readonly count: number;
  /** The number of the value that comes at a place. */
  readonly numberAt: (place: number) => number;
}

/** How the values of each pass are had: by number in any order, or one after the other. */
type Passes<T> =
  | { readonly length: number; readonly read: (wanted: Wanted, epoch: number) => AsyncIterable<T> }
  | { readonly start: (epoch: number) => AsyncIterable<T> };

async function* byNumber<T>(
  { count, numberAt }: Wanted,
  at: (index: number) => T | Promise<T>,
): AsyncGenerator<T, void, undefined> {
  for (let place = 0; place < count; place++) yield await at(numberAt(place));
}

const startOf = <T>(passes: Passes<T>, epoch: number): AsyncIterable<T> =>
  "start" in passes
    ? passes.start(epoch)
    : passes.read({ count: passes.length, numberAt: (place) => place }, epoch);

async function* asynchronous<T>(values: Values<T>): AsyncGenerator<T, void, undefined> {
  yield* values;
}

async function* filtered<T>(
  values: AsyncIterable<T>,
  f: (value: T) => boolean | Promise<boolean>,
): AsyncGenerator<T, void, undefined> {
  for await (const value of values) if (await f(value)) yield value;
}

async function* between<T>(
  values: AsyncIterable<T>,
  from: number,
  to: number,
): AsyncGenerator<T, void, undefined> {
  if (to <= from) return;
  let index = 0;
  for await (const value of values) {
    if (index++ >= from) yield value;
    // Not after the next value, which nobody wants.
    if (index >= to) return;
  }
}

async function* batched<T, B>(
  values: AsyncIterable<T>,
  size: number,
  dropLast: boolean,
  make: (samples: readonly T[]) => B | Promise<B>,
): AsyncGenerator<B, void, undefined> {
  let samples: T[] = [];
  for await (const value of values) {
    samples.push(value);
    if (samples.length < size) continue;
    yield await make(samples);
    samples = [];
  }
  if (samples.length > 0 && !dropLast) yield await make(samples);
}

function datasetOf<T>(passes: Passes<T>): Dataset<T> {
  const epoch = (index: number): AsyncIterable<T> => {
    checkValue("dataset", "epoch", index, wholeFrom(0));
    return startOf(passes, index);
  };
  const streamed = <U>(start: (values: AsyncIterable<T>, epoch: number) => AsyncIterable<U>): Dataset<U> =>
    datasetOf({ start: (index) => start(startOf(passes, index), index) });
  return {
    [Symbol.asyncIterator]: () => epoch(0)[Symbol.asyncIterator](),
    epoch,
    map(f, options = {}) {
      checkValue("map", "f", f, callable("a function of a value"));
      checkOptions("map", options, { concurrency: wholeFrom(1) });
      const { concurrency = 1 } = options;
      if ("start" in passes) return streamed((values) => mapAhead(values, concurrency, f));
      const { length, read } = passes;
      return datasetOf({
        length,
        read: (wanted, index) =>
          mapAhead(read(wanted, index), concurrency, (value, place) => f(value, wanted.numberAt(place))),
      });
    },
    filter(f) {
      checkValue("filter", "f", f, callable("a function of a value"));
      return streamed((values) => filtered(values, f));
    },
    shuffle(seed, options = {}) {
      checkValue("shuffle", "seed", seed, integer);
      checkOptions("shuffle", options, { buffer: wholeFrom(1) });
      const { buffer = 1024 } = options;
      if ("start" in passes) return streamed((values, index) => throughBuffer(values, buffer, seed, index));
      const { length, read } = passes;
      return datasetOf({
        length,
        read({ count, numberAt }, index) {
          let order: Uint32Array | undefined;
          const shuffled = (place: number): number => {
            order ??= randomOrder(length, seed, index);
            return order[numberAt(place)]!; // a number below the length
          };
          return read({ count, numberAt: shuffled }, index);
        },
      });
    },
    batch<B>(size: number, options: BatchOptions<T, B> = {}): Dataset<B> {
      checkValue("batch", "size", size, wholeFrom(1));
      checkOptions("batch", options, { dropLast: flag, collate: callable("a function of samples") });
      // Without a function of the caller's B is what collate makes, as the overloads say.
      const { dropLast = false, collate: make = collate as (samples: readonly T[]) => B } = options;
      return streamed((values) => batched(values, size, dropLast, make));
    },
    take(count) {
      checkValue("take", "count", count, wholeFrom(0));
      if ("start" in passes) return streamed((values) => between(values, 0, count));
      return datasetOf({ ...passes, length: Math.min(count, passes.length) });
    },
    skip(count) {
      checkValue("skip", "count", count, wholeFrom(0));
      if ("start" in passes) return streamed((values) => between(values, count, Number.POSITIVE_INFINITY));
      const { length, read } = passes;
      return datasetOf({
        length: Math.max(0, length - count),
        read: (wanted, index) =>
          read({ ...wanted, numberAt: (place) => wanted.numberAt(place) + count }, index),
      });
    },
    repeat(count) {
      checkValue("repeat", "count", count, wholeFrom(0));
      const all = async function* (index: number): AsyncGenerator<T, void, undefined> {
        for (let pass = 0; pass < count; pass++) yield* startOf(passes, index * count + pass);
      };
      return datasetOf({ start: all });
    },
    prefetch(count = 1) {
      checkValue("prefetch", "count", count, wholeFrom(1));
      return streamed((values) => readAhead(values, count));
    },
  };
}

/**
 * Values for training, from samples by number (an array, or an object that reads sample i when asked for it), from what can be iterated again
 * and again, or from a function that starts a pass. A generator, which can be passed over once, is refused at the second pass.
 */
export function dataset<T>(source: Source<T>): Dataset<T> {
  const given: unknown = source;
  if (typeof source === "function") return datasetOf({ start: (epoch) => asynchronous(source(epoch)) });
  if (typeof given === "object" && given !== null) {
    if ("length" in source && typeof source.at === "function") {
      const { length } = source;
      // In range, so there is a value.
      return datasetOf({
        length,
        read: (wanted) => byNumber(wanted, (i) => source.at(i) as T | Promise<T>),
      });
    }
    if (Symbol.asyncIterator in given || Symbol.iterator in given) return iterated(source as Values<T>);
  }
  throw new Error(
    `dataset: expected an array, { length, at }, something that can be iterated, or a function that returns such, got ${show(given)}`,
  );
}

/** Of values that are their own iterator there is one pass. */
function iterated<T>(source: Values<T>): Dataset<T> {
  let started = false;
  return datasetOf({
    start() {
      const iterator: unknown =
        Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
      if (started && iterator === source) {
        throw new Error(
          "dataset: the source can be passed over once, and has been; pass a function that starts it again: dataset(() => values())",
        );
      }
      started = true;
      return asynchronous(source);
    },
  });
}
