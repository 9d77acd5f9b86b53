import type { Tensor } from "../tensor.js";
import type { Tree } from "../tree.js";

/** What to do about a value that has no place in a tree, as the errors of a run say it. */
type Advice<T> = T extends number | boolean | bigint
  ? "is a number: make a tensor of it, or close over it"
  : T extends string | symbol
    ? "is a text: close over it, or leave it out"
    : T extends null
      ? "is null: write undefined for what is absent"
      : T extends Promise<unknown>
        ? "is a promise: await it first"
        : T extends (...args: never) => unknown
          ? "is a function: close over it, or leave it out"
          : T extends ArrayBufferView
            ? "is an array of numbers: make a tensor of it"
            : never;

/** How far members are looked into, against types that contain themselves. */
type Depth = readonly [9, 0, 1, 2, 3, 4, 5, 6, 7, 8];

/** What is wrong with a type as a tree of tensors, and where; never where nothing is. Interfaces are trees where their members are. */
export type Problem<T, Path extends string, Left extends number = 8> = 0 extends 1 & T
  ? never
  : Left extends 0
    ? never
    : T extends Tree<Tensor>
      ? never
      : [Advice<T>] extends [never]
        ? T extends readonly (infer E)[]
          ? Problem<E, `${Path}[]`, Depth[Left] & number>
          : T extends object
            ? {
                readonly [K in keyof T]-?: Problem<T[K], `${Path}.${K & string}`, Depth[Left] & number>;
              }[keyof T]
            : never
        : `${Path} ${Advice<T>}`;

/** What is wrong with the arguments of a function. */
type ProblemOfArguments<A extends readonly unknown[]> = {
  readonly [K in keyof A]-?: Problem<A[K], `argument ${K & string}`>;
}[number];

/** The result of a function is a tree of tensors too. */
type ProblemOfResult<R> = [R] extends [undefined]
  ? never
  : R extends void
    ? "the function returns nothing: is a return missing?"
    : R extends Promise<unknown>
      ? "the function is async, but it is traced, not run: make it synchronous"
      : Problem<R, "the result">;

/** `unknown` for a function of trees of tensors that returns one; otherwise a text that says what is none, which is what the compiler then prints. */
export type TreesOnly<A extends readonly unknown[], R> = [
  ProblemOfArguments<A> | ProblemOfResult<R>,
] extends [never]
  ? unknown
  : `compile: ${ProblemOfArguments<A> | ProblemOfResult<R>}`;
