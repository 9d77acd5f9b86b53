/** A call of a function of the module on stored values and scratch memory. */
export interface KernelCall {
  /** The function's name. */
  readonly name: string;
  /** Where its addresses are: of the values of nodes, and of `scratch`. */
  readonly operands: readonly ({ readonly node: number } | { readonly scratch: number })[];
  /** Bytes of the memory that is the call's own. */
  readonly scratchBytes: readonly number[];
}
