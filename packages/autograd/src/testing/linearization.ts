import { input, isFloat, sizeOf, type Tensor } from "@clidim/tensor";
import { describe } from "@clidim/tensor/expect";
import { interpret } from "@clidim/tensor/reference";
import { argumentsOf, leavesOf } from "../leaves.js";
import { vjp } from "../vjp.js";

/** A function between flat lists of tensors, and the point at which it is looked at. */
export interface FlatFunction {
  readonly f: (inputs: readonly Tensor[]) => readonly Tensor[];
  readonly inputs: readonly FlatInput[];
}

export interface FlatInput {
  readonly name: string;
  readonly tensor: Tensor;
  readonly value: Float64Array;
}

/** Lists of values, one per tensor. */
export type Values = readonly Float64Array[];

/** A function and its gradient, traced once, to be computed in float64 at any point. */
export interface Linearization {
  /** The differentiated inputs, float ones only. */
  readonly inputs: readonly FlatInput[];
  readonly outputs: readonly Tensor[];
  /** The outputs where the differentiated inputs have these values. */
  readonly valueAt: (inputs: Values) => Values;
  /** The gradients of the inputs, given those of the outputs. */
  readonly gradientAt: (inputs: Values, cotangents: Values) => Values;
  /** The gradient as a function in its own right, of the inputs and the cotangents, at the given cotangents. */
  readonly gradient: (cotangents: Values) => FlatFunction;
}

/** `f` at `args` as a function of flat lists; its outputs are the float leaves of the value. */
export function flatten<A extends readonly unknown[], R>(
  op: string,
  f: (...args: A) => R,
  args: Readonly<A>,
): FlatFunction {
  // A tuple that is only read.
  const { leaves, paths, rebuild } = argumentsOf(op, args as A);
  let values: readonly Float64Array[];
  try {
    values = interpret(leaves);
  } catch (cause) {
    throw new Error(
      `${op}: the inputs must be host values that have not been computed on a device; make them with tensor()`,
      { cause },
    );
  }
  return {
    f: (inputs) =>
      leavesOf(op, "the value", f(...rebuild(inputs))).leaves.filter(({ dtype }) => isFloat(dtype)),
    inputs: leaves.map((tensor, i) => ({ name: `input ${paths[i]!}`, tensor, value: values[i]! })),
  };
}

export function linearize(op: string, { f, inputs }: FlatFunction): Linearization {
  const placeholders = inputs.map(({ tensor }) => input(tensor.shape, tensor.dtype));
  const differentiated = inputs.flatMap(({ tensor }, i) => (isFloat(tensor.dtype) ? [i] : []));
  if (differentiated.length === 0) {
    throw new Error(
      `${op}: nothing to differentiate, the inputs are ${inputs.map(({ tensor }) => describe(tensor)).join(", ") || "empty"}`,
    );
  }
  const { value: outputs, pullback } = vjp(f, placeholders);
  if (outputs.length === 0) throw new Error(`${op}: the function returned no float tensor`);
  const cotangents = outputs.map(({ shape, dtype }) => input(shape, dtype));
  const [pulled] = pullback(cotangents);
  const gradients = differentiated.map((i) => pulled[i]!);

  const feedsOf = (values: Values, cotangentValues: Values): Map<Tensor, Float64Array> => {
    const feeds = new Map(inputs.map(({ value }, i) => [placeholders[i]!, value]));
    differentiated.forEach((i, position) => {
      feeds.set(placeholders[i]!, values[position]!);
    });
    cotangents.forEach((cotangent, i) => {
      feeds.set(cotangent, cotangentValues[i] ?? new Float64Array(sizeOf(cotangent.shape)));
    });
    return feeds;
  };
  return {
    inputs: differentiated.map((i) => inputs[i]!),
    outputs,
    valueAt: (values) => interpret(outputs, feedsOf(values, [])),
    gradientAt: (values, cotangentValues) => interpret(gradients, feedsOf(values, cotangentValues)),
    gradient: (cotangentValues) => ({
      f: (all) => {
        const [next] = vjp(f, all.slice(0, inputs.length)).pullback(all.slice(inputs.length));
        return differentiated.map((i) => next[i]!);
      },
      inputs: [
        ...inputs,
        ...cotangents.map((tensor, i) => ({ name: `cotangent ${i}`, tensor, value: cotangentValues[i]! })),
      ],
    }),
  };
}

/** Random values of the tensors' sizes. */
export const randomLike = (tensors: readonly Tensor[], random: () => number): Values =>
  tensors.map(({ shape }) => new Float64Array(sizeOf(shape)).map(random));

/** a x + b y. */
export const combine = (a: number, x: Values, b: number, y: Values): Values =>
  x.map((values, i) => values.map((value, j) => a * value + b * y[i]![j]!));

/** The sum over all products of corresponding elements, and the root of the sum of their squares: how large it is expected to be. */
export function innerProduct(x: Values, y: Values): { readonly value: number; readonly size: number } {
  let value = 0;
  let squares = 0;
  x.forEach((values, i) => {
    values.forEach((element, j) => {
      const product = element * y[i]![j]!;
      value += product;
      squares += product * product;
    });
  });
  return { value, size: Math.sqrt(squares) };
}
