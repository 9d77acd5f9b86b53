import { eye, isFloat, type MapTree, reshape, sizeOf, type Tensor, unflatten } from "@clidim/tensor";
import { expectOptions, show } from "@clidim/tensor/expect";
import { type ArgumentIndex, chooseArguments, type GradientsOf } from "./argumentIndex.js";
import { expectFunction } from "./expectFunction.js";
import type { GradOptions } from "./grad.js";
import { fillZeros } from "./leaves.js";
import { pushForward } from "./pushForward.js";
import { type RecordedCall, recordCall } from "./recordCall.js";
import { pullBack } from "./tape.js";
import { vmap } from "./vmap.js";

/** For each leaf of the value R, what `grad` has for a scalar, with the shape of the leaf before that of each gradient. */
export type Jacobian<R, Gradients> = MapTree<R, Tensor, Gradients>;

export interface JacobianOptions<I extends ArgumentIndex> extends GradOptions<I> {
  /** By gradients of the value's elements, or by derivatives in the direction of the arguments' elements. Default the one of which there are fewer. */
  readonly mode?: "forward" | "reverse";
}

/**
 * A function that returns all derivatives of the value of `f`: for an argument of shape [...m] and a value of shape [...n] a tensor [...n, ...m], for trees the tree of the value with a tree of the
 * argument at each leaf. All of them are computed at once, as by `vmap`; the values of `f` once. Zeros where a leaf does not depend on another, undefined at integer and bool leaves. JAX's and
 * PyTorch's jacrev and jacfwd are the two modes.
 */
export function jacobian<A extends readonly unknown[], R, const I extends ArgumentIndex = 0>(
  f: (...args: A) => R,
  options: JacobianOptions<I> = {},
): (...args: A) => Jacobian<R, GradientsOf<A, I>> {
  expectFunction("jacobian", f);
  expectOptions("jacobian", options, ["argument", "mode"], 'jacobian(f, { mode: "forward" })(x)');
  const argument: ArgumentIndex = options.argument ?? 0;
  const { mode } = options;
  if (mode !== undefined && mode !== "forward" && mode !== "reverse") {
    throw new Error(`jacobian: mode must be "forward" or "reverse", got ${show(mode)}`);
  }
  return (...args) => {
    const { chosen, ofChosen } = chooseArguments("jacobian", f, argument, args);
    const call = recordCall("jacobian", ofChosen, chosen);
    const fewer = elements(call.inputs.leaves) < elements(call.outputs.leaves) ? "forward" : "reverse";
    const blocks = (mode ?? fewer) === "forward" ? byColumns(call) : byRows(call);
    const rows = call.outputs.leaves.map(({ dtype }, i) => {
      if (!isFloat(dtype)) return undefined;
      const gradients = call.inputs.rebuild(blocks[i]!);
      return typeof argument === "number" ? gradients[0] : gradients;
    });
    // The value's structure with a tree of the arguments' at each leaf.
    return unflatten(call.outputs.structure, rows) as Jacobian<R, GradientsOf<A, I>>;
  };
}

const elements = (leaves: readonly Tensor[]): number =>
  leaves.reduce((total, { shape, dtype }) => total + (isFloat(dtype) ? sizeOf(shape) : 0), 0);

/** Tensors of the shape of `x`, one for each of its elements, where it is 1, along axis 0. */
function basis(x: Tensor): Tensor {
  const size = sizeOf(x.shape);
  return reshape(eye(size, x.dtype), [size, ...x.shape]);
}

/** The derivatives of an output's leaf by an input's, undefined for integers and bools. */
type Blocks = readonly (readonly (Tensor | undefined)[])[];

/** For each output the gradients of all its elements: [elements of the output, ...input]. */
const byRows = ({ tape, inputs, outputs }: RecordedCall<unknown, unknown>): Blocks =>
  outputs.leaves.map((output, i) => {
    if (!isFloat(output.dtype)) return [];
    const pull = (cotangent: Tensor): readonly (Tensor | undefined)[] =>
      fillZeros(
        pullBack(
          tape,
          outputs.leaves.map((_, other) => (other === i ? cotangent : undefined)),
        ),
        inputs.leaves,
      );
    return vmap(pull)(basis(output)).map(
      (rows, j) => rows && reshape(rows, [...output.shape, ...inputs.leaves[j]!.shape]),
    );
  });

/** For each input the derivatives of all outputs by its elements: [...output, elements of the input]. */
function byColumns({ tape, inputs, outputs }: RecordedCall<unknown, unknown>): Blocks {
  const columns = inputs.leaves.map((input, j) => {
    if (!isFloat(input.dtype)) return undefined;
    const push = (tangent: Tensor): readonly (Tensor | undefined)[] =>
      fillZeros(
        pushForward(
          tape,
          inputs.leaves.map((_, other) => (other === j ? tangent : undefined)),
        ),
        outputs.leaves,
      );
    return vmap(push, { outAxes: -1 })(basis(input));
  });
  return outputs.leaves.map((output, i) =>
    inputs.leaves.map((input, j) => {
      const column = columns[j]?.[i];
      return column && reshape(column, [...output.shape, ...input.shape]);
    }),
  );
}
