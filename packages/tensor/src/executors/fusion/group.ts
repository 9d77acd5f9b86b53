/** What one kernel (or a short fixed row of kernels) computes. */
export type Group =
  /**
   * All outputs have one shape, but for axes of extent 1; every invocation computes one element of each. Reductions among them were left in parts by an earlier
   * group and are folded here.
   */
  | { readonly kind: "elementwise"; readonly outputs: number[] }
  /** What needs whole rows of its operand, by a short list of kernels of its own. */
  | { readonly kind: "rows"; readonly outputs: readonly number[] }
  /**
   * Sums, maxima and products over the same axes of one shape, with the elementwise expressions of their operands inside the loop; and where a workgroup of a GPU has whole ones, what is computed
   * from them: values of their shape, more such reductions, and values of the shape of the terms.
   */
  | { readonly kind: "reduce"; readonly outputs: number[] }
  /** A contraction, and what is computed from its elements where they are: `outputs`, of its shape, one of which may be the product itself. */
  | { readonly kind: "contraction"; readonly product: number; readonly outputs: readonly number[] }
  /** A program with kernels of its own, and those of its results that are used. */
  | { readonly kind: "program"; readonly program: number; readonly outputs: number[] };
