import type { Aval } from "../shape.js";
import type { PrimitiveName, PrimitiveParams } from "./params.js";

/** A value of the float64 reference interpreter; integers and bools are exact numbers (bool as 0 or 1). */
export interface ReferenceValue extends Aval {
  readonly data: Float64Array;
}

/**
 * What an operation is, apart from how it runs on a device (kernels/) and how it is differentiated (@clidim/autograd).
 */
export interface Primitive<P extends PrimitiveName> {
  /** Shape and dtype of the result; throws `<name>: expected, came, what to do`. */
  readonly infer: (inputs: readonly Aval[], params: PrimitiveParams[P]) => Aval;
  /** The result by one plain loop in float64; `out` is what `infer` returned. May be an operand itself; never changes one. */
  readonly reference: (
    inputs: readonly ReferenceValue[],
    params: PrimitiveParams[P],
    out: Aval,
  ) => Float64Array;
}
