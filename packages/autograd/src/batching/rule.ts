import {
  type Aval,
  apply,
  broadcastTo,
  expandDims,
  type PrimitiveName,
  type PrimitiveParams,
  type Tensor,
} from "@clidim/tensor";

/** A value for every example of a batch: one that all share, or with the examples along axis 0. */
export interface Mapped {
  readonly tensor: Tensor;
  readonly batched: boolean;
}

/** One application of a primitive to all examples, at least one of whose operands is batched. */
export interface BatchedOperation<P extends PrimitiveName> {
  readonly operands: readonly Mapped[];
  readonly params: PrimitiveParams[P];
  /** Examples, at least one. */
  readonly size: number;
  /** The result for one example. */
  readonly output: Aval;
}

/**
 * The batching rule of a primitive: what it computes for each example, for all of them at once. Rules are built from primitives, so that what they return is differentiated, and
 * batched again, like everything else.
 */
export type BatchRule<P extends PrimitiveName> = (operation: BatchedOperation<P>) => Mapped;

export type BatchRules<Name extends PrimitiveName> = { readonly [P in Name]: BatchRule<P> };

/** A value that differs from example to example. */
export const batched = (tensor: Tensor): Mapped => ({ tensor, batched: true });

/** A value that all examples share. */
export const shared = (tensor: Tensor): Mapped => ({ tensor, batched: false });

/** The value with the examples along axis 0, repeated where all share it. */
export function spread({ tensor, batched }: Mapped, size: number): Tensor {
  return batched ? tensor : broadcastTo(expandDims(tensor, 0), [size, ...tensor.shape]);
}

/** A rule of one operand, whose parameters take the axis of the examples into account */
export const single =
  <P extends PrimitiveName>(
    op: P,
    move: (params: PrimitiveParams[P], size: number) => PrimitiveParams[P],
  ): BatchRule<P> =>
  ({ operands: [x], params, size }) =>
    batched(apply(op, [x!.tensor], move(params, size)));

/** A rule of operands that all get the axis of the examples, repeated where they are shared. */
export const alongside =
  <P extends PrimitiveName>(
    op: P,
    move: (params: PrimitiveParams[P]) => PrimitiveParams[P] = (params) => params,
  ): BatchRule<P> =>
  ({ operands, params, size }) =>
    batched(
      apply(
        op,
        operands.map((operand) => spread(operand, size)),
        move(params),
      ),
    );
