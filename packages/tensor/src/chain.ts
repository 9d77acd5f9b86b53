import type { DType, TypedArray } from "./dtype.js";
import * as operations from "./ops/index.js";
import type { Shape } from "./shape.js";
import { Tensor } from "./tensor.js";

type Operations = typeof operations;

/** The names of the operations whose first argument is a tensor. */
type Names = {
  [K in keyof Operations]: Operations[K] extends (first: infer A, ...rest: never) => unknown
    ? Tensor extends A
      ? K
      : never
    : never;
}[keyof Operations];

/** An argument, where a chain may stand for a tensor. */
type Argument<T> = Tensor extends T ? T | Chain : T;

/** A result, with chains in place of tensors. */
type Chained<T> = T extends Tensor
  ? Chain
  : T extends readonly unknown[] | object
    ? { readonly [K in keyof T]: Chained<T[K]> }
    : T;

type Method<F> = F extends (first: infer _A, ...rest: infer R) => infer Y
  ? (...rest: { [K in keyof R]: Argument<R[K]> }) => Chained<Y>
  : never;

/**
 * A tensor with the operations as methods: `wrap(x).mul(2).add(y)` is `add(mul(x, 2), y)`. Where an operation returns several tensors, each is a chain. Chains may stand for tensors as arguments of
 * methods.
 */
export type Chain = { readonly [K in Names]: Method<Operations[K]> } & {
  readonly shape: Shape;
  readonly dtype: DType;
  /** The tensor at the end of the chain. */
  unwrap(): Tensor;
  /** The values, row-major, computed if need be. */
  data(): Promise<TypedArray>;
  /** The single element of a tensor of size 1. */
  item(): Promise<number>;
  toString(): string;
};

class Link {
  readonly #tensor: Tensor;

  constructor(tensor: Tensor) {
    this.#tensor = tensor;
  }

  get shape(): Shape {
    return this.#tensor.shape;
  }

  get dtype(): DType {
    return this.#tensor.dtype;
  }

  unwrap(): Tensor {
    return this.#tensor;
  }

  data(): Promise<TypedArray> {
    return this.#tensor.data();
  }

  item(): Promise<number> {
    return this.#tensor.item();
  }

  toString(): string {
    return this.#tensor.toString();
  }

  [Symbol.toPrimitive](hint: string): string {
    return this.#tensor[Symbol.toPrimitive](hint);
  }
}

const tensorOf = (value: unknown): unknown => (value instanceof Link ? value.unwrap() : value);

/** A value with links in place of its tensors. */
function linked(value: unknown): unknown {
  if (value instanceof Tensor) return new Link(value);
  if (Array.isArray(value)) return value.map(linked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, linked(member)]));
}

// All operations, so that there is no list of them here: the type leaves out those that begin with something else than a tensor.
for (const [name, operation] of Object.entries(operations)) {
  const call = operation as (...args: readonly unknown[]) => unknown; // each of them is a function, which checks its arguments
  Object.defineProperty(Link.prototype, name, {
    value: function (this: Link, ...rest: readonly unknown[]): unknown {
      return linked(call(this.unwrap(), ...rest.map(tensorOf)));
    },
  });
}

/** The tensor as a chain: `wrap(x).mul(2).add(y).unwrap()`. Throws for what is no tensor. */
export function wrap(x: Tensor): Chain {
  if (!(x instanceof Tensor)) {
    throw new Error(`wrap: expected a tensor, got ${typeof x}; make one with tensor()`);
  }
  return new Link(x) as unknown as Chain; // the operations have been added to its prototype
}
