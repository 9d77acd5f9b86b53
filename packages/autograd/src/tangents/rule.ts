import { add, apply, type PrimitiveName, type Tensor, zerosLike } from "@clidim/tensor";
import type { Operation, VjpRule } from "../rules/rule.js";

/**
 * The forward-mode rule of a primitive: from the tangents of its inputs, undefined where they are zero and at least one given, that of its output. Tangents have their value's
 * shape and dtype, which the engine checks; they are built from the same primitives, so that they can be differentiated again.
 */
export type JvpRule<P extends PrimitiveName> = (
  tangents: readonly (Tensor | undefined)[],
  operation: Operation<P>,
) => Tensor | undefined;

export type JvpRules<Name extends PrimitiveName> = { readonly [P in Name]: JvpRule<P> };

const total = (terms: readonly (Tensor | undefined)[]): Tensor | undefined =>
  terms.reduce((sum, term) => (sum && term ? add(sum, term) : (sum ?? term)), undefined);

/**
 * Of what computes each element from the operands' elements at the same place: its Jacobian is diagonal and its own transpose, so that a tangent is scaled as a
 * gradient is.
 */
export const diagonal =
  <P extends PrimitiveName>(rule: VjpRule<P>): JvpRule<P> =>
  (tangents, operation) =>
    total(tangents.map((tangent, i) => tangent && rule(tangent, operation)[i]?.()));

/** Of what is linear in its first operand, the others being places or an order: the same of the tangent. */
export const linear =
  <P extends PrimitiveName>(op: P): JvpRule<P> =>
  ([tangent], { inputs: [, ...others], params }) =>
    tangent && apply(op, [tangent, ...others], params);

/** Of what is linear in all operands together: the same of all tangents. */
export const jointlyLinear =
  <P extends PrimitiveName>(op: P): JvpRule<P> =>
  (tangents, { inputs, params }) =>
    apply(
      op,
      inputs.map((input, i) => tangents[i] ?? zerosLike(input)),
      params,
    );

/** Of a product y = a b: da b + a db. */
export const bilinear =
  <P extends PrimitiveName>(op: P): JvpRule<P> =>
  ([da, db], { inputs: [a, b], params }) =>
    total([da && apply(op, [da, b!], params), db && apply(op, [a!, db], params)]);

/** Leaves, comparisons, and functions that are constant between jumps. */
export const constant = (): undefined => undefined;
