import type { PrimitiveName, PrimitiveParams, Tensor } from "@clidim/tensor";

/** One application of a primitive, as its rule sees it. */
export interface Operation<P extends PrimitiveName> {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly params: PrimitiveParams[P];
}

/** Builds the gradient of one input; called only when that gradient is needed. */
export type Pull = () => Tensor;

/**
 * The reverse-mode rule of a primitive: from the gradient of its output, one thunk per input, undefined where no gradient flows
 * (indices, conditions, rounding). Gradients have their input's shape and dtype, which the engine checks; they are
 * built from the same primitives, so that they can be differentiated again.
 */
export type VjpRule<P extends PrimitiveName> = (
  gradient: Tensor,
  operation: Operation<P>,
) => readonly (Pull | undefined)[];

export type VjpRules<Name extends PrimitiveName> = { readonly [P in Name]: VjpRule<P> };

/** A rule of one input x and output y. */
export const unary =
  <P extends PrimitiveName>(
    pull: (g: Tensor, x: Tensor, y: Tensor, params: PrimitiveParams[P]) => Tensor,
  ): VjpRule<P> =>
  (g, { inputs: [x], output, params }) => [() => pull(g, x!, output, params)];

type BinaryPull<P extends PrimitiveName> = (
  g: Tensor,
  a: Tensor,
  b: Tensor,
  y: Tensor,
  params: PrimitiveParams[P],
) => Tensor;

/** A rule of two inputs a, b and output y. */
export const binary =
  <P extends PrimitiveName>(pullA: BinaryPull<P>, pullB?: BinaryPull<P>): VjpRule<P> =>
  (g, { inputs: [a, b], output, params }) => [
    () => pullA(g, a!, b!, output, params),
    pullB && (() => pullB(g, a!, b!, output, params)),
  ];

/** No gradient flows to any input: leaves, comparisons, and functions that are constant between jumps. */
export const noGradient = (): readonly undefined[] => [];
