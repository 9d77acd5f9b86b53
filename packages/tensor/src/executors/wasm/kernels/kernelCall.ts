/** Calls of functions of the module, one after the other, on the same stored values and scratch memory; each may be called by several threads, as parts. */
export interface KernelCall {
  readonly functions: readonly KernelPhase[];
  /** Where the addresses are: of the values of nodes, and of `scratch`. Which part of how many a call is comes last. */
  readonly operands: readonly ({ readonly node: number } | { readonly scratch: number })[];
  /** Bytes of the memory that is the kernel's own. */
  readonly scratchBytes: readonly number[];
}

export interface KernelPhase {
  /** The function's name in the module. */
  readonly name: string;
  /** Whether threads can share it. */
  readonly isShared: boolean;
  /** Elements that it computes at once: four, or one where that cannot be. 0 for what is no expression of elements. */
  readonly lanes: number;
  /** Floating-point operations, or 0 where nothing is multiplied and added up. */
  readonly flops: number;
}
